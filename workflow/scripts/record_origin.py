"""By which code, on what kind of machine and with which seeds the study is made, and the workflow
itself -> results/run/."""

import shutil
from pathlib import Path

import yaml

from echogls import __version__, logs
from echogls.run_record import origin

logs.start(snakemake.log[0])
origin_facts = {
    "echogls": __version__,
    "revision": snakemake.params.revision,
    "seeds": snakemake.params.seeds,
    "host": origin.host_summary(),
}
with open(snakemake.output.origin, "w", encoding="utf-8") as stream:
    yaml.safe_dump(origin_facts, stream, sort_keys=False, allow_unicode=True)
shutil.copyfile(snakemake.input.snakefile, snakemake.output.snakefile)
for file, place in zip(snakemake.input.rules, snakemake.output.rules, strict=True):
    shutil.copyfile(file, Path(place))
