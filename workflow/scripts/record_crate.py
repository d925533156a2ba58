"""The study's results and what they were made of, as a Workflow Run RO-Crate."""

from importlib import metadata
from pathlib import Path

from echogls import logs
from echogls.run_record.crate import write_crate

logs.start(snakemake.log[0])
write_crate(
    Path(snakemake.output[0]).parent,
    [Path(file) for file in snakemake.input.files],
    cohorts=snakemake.params.cohorts,
    workflow=Path(snakemake.input.snakefile),
    rules=[Path(file) for file in snakemake.input.rules],
    snakemake=metadata.version("snakemake"),
)
