"""Pairs with known motion -> one trained, exported and measured flow network."""

from pathlib import Path

from echogls import logs, tables
from echogls.manuscript.figures.learning import draw_learning_curve
from echogls.training.flownet import evaluation, release

logs.start(snakemake.log[0])
folder = Path(snakemake.output.graph).parent
train = {"refiner": release.release_refiner, "flownet2": release.release_stack}
shards = {kind: list(map(Path, files)) for kind, files in snakemake.input.items()}
rows = train[snakemake.wildcards.network](shards, folder, snakemake.params.settings)
tables.write_table(snakemake.output.evaluation, rows, evaluation.COLUMNS)
draw_learning_curve(release.learning_curves(folder), Path(snakemake.output.curve))
