"""CAMUS -> one trained, exported and measured segmentation network."""

from pathlib import Path

from echogls import logs, tables
from echogls.segmentation import evaluation
from echogls.training.segmentation import release

logs.start(snakemake.log[0])
rows = release.train_and_export(
    snakemake.wildcards.network,
    Path(snakemake.input.camus),
    Path(snakemake.output.graph).parent,
    start_from=snakemake.input.get("start"),
    settings=snakemake.params.train,
)
tables.write_table(snakemake.output.evaluation, rows, evaluation.COLUMNS)
