"""What the benchmarks say of a cohort's jobs -> timing.tsv."""

from itertools import product

from echogls import logs, tables
from echogls.cohort_tables import timing

logs.start(snakemake.log[0])
patients, read = snakemake.params.patients, tables.read_table
frames, chosen_frames = timing.frame_counts(
    tables.read_joined(snakemake.input.clips, patients),
    tables.read_joined(snakemake.input.views, patients),
)
files = zip(product(patients, snakemake.params.jobs), snakemake.input.benchmarks, strict=True)
rows = timing.timing_rows(
    snakemake.wildcards.cohort,
    frames=frames,
    chosen_frames=chosen_frames,
    benchmarks={job: read(path) for job, path in files},
    methods=snakemake.params.methods,
)
tables.write_table(snakemake.output[0], rows, timing.COLUMNS)
