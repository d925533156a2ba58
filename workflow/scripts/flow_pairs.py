"""One file of ultrasound pairs with known motion."""

from itertools import islice
from pathlib import Path

from echogls import logs
from echogls.training.cases import read_cases, split
from echogls.training.flownet import shards, ultrasound

logs.start(snakemake.log[0])
seed, count = snakemake.params.seed, snakemake.params.pairs
how = {
    "start": int(snakemake.wildcards.number) * count,
    "frames_per_s": snakemake.params.frames_per_s,
}
if snakemake.wildcards.kind == "simulated":
    pairs = ultrasound.simulated_pairs(seed, **how)
else:
    folder = Path(snakemake.input.camus)
    cases = read_cases(folder, split(folder)[0])
    pairs = ultrasound.carried_pairs(seed, [case[2:] for case in cases], **how)
shards.save_shard(snakemake.output[0], islice(pairs, count))
