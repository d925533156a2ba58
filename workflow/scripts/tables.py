"""Every cohort's tables -> the manuscript's tables and numbers.yaml."""

from pathlib import Path

import yaml

from echogls import logs
from echogls.manuscript import numbers
from echogls.manuscript.evidence import read_cohort
from echogls.manuscript.tables import build_tables, writers

logs.start(snakemake.log[0])
folder = Path(snakemake.output.numbers).parent
cohorts = [
    read_cohort(
        folder.parent / name,
        simulated=simulated,
        methods=snakemake.params.methods,
        confidence=snakemake.params.confidence,
    )
    for name, simulated in snakemake.params.cohorts.items()
]
models = yaml.safe_load(Path(snakemake.input.models).read_text(encoding="utf-8"))
writers.write_all(folder, build_tables(cohorts, models))
numbers.write_numbers(Path(snakemake.output.numbers), cohorts, models)
