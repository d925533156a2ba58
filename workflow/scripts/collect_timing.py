"""What the benchmarks say of a cohort's jobs -> timing.tsv."""

from itertools import product

from echogls import logs, tables
from echogls.cohort_tables import timing
from echogls.views.chosen import chosen_clips

logs.start(snakemake.log[0])
patients, read = snakemake.params.patients, tables.read_table
usable, chosen = {}, {}
for patient, clips, views in zip(
    patients, snakemake.input.clips, snakemake.input.views, strict=True
):
    frames = {row["clip"]: int(row["frames"]) for row in read(clips) if row["status"] == "ok"}
    usable[patient] = sum(frames.values())
    chosen[patient] = sum(frames[clip] for clip in chosen_clips(read(views)))
files = zip(product(patients, snakemake.params.jobs), snakemake.input.benchmarks, strict=True)
rows = timing.timing_rows(
    snakemake.wildcards.cohort,
    usable,
    chosen,
    {job: read(path) for job, path in files},
    snakemake.params.methods,
)
tables.write_table(snakemake.output[0], rows, timing.COLUMNS)
