"""CAMUS or images of one's own -> one trained, exported and measured segmentation network."""

from pathlib import Path

from echogls import logs, tables
from echogls.training.segmentation import evaluation, release

logs.start(snakemake.log[0])
camus = snakemake.input.get("camus")
rows = release.train_and_export(
    snakemake.wildcards.network,
    Path(camus) if camus else None,
    Path(snakemake.output.graph).parent,
    start_from=snakemake.input.get("start"),
    settings=snakemake.params.train,
)
tables.write_table(snakemake.output.evaluation, rows, evaluation.COLUMNS)
