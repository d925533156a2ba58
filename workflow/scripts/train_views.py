"""CAMUS and the simulator -> the trained, calibrated, exported and measured view classifier."""

from pathlib import Path

import numpy as np

from echogls import logs, tables
from echogls.manuscript.figures.view_quality import draw_view_quality
from echogls.training.views import evaluation, release

logs.start(snakemake.log[0])
rows = release.train_and_export(
    Path(snakemake.input.camus),
    Path(snakemake.output.graph).parent,
    settings=snakemake.params.train,
)
truth = [row["view"] for row in rows]
probabilities = np.array(
    [[row[f"probability_{view}"] for view in evaluation.NAMES] for row in rows]
)
bins = evaluation.reliability(
    probabilities, np.array([evaluation.NAMES.index(view) for view in truth])
)
matrix = evaluation.confusion(truth, [row["taken_for"] for row in rows])
draw_view_quality(matrix, bins, Path(snakemake.output.figure).with_suffix(""))
tables.write_table(snakemake.output.reliability, bins, evaluation.BIN_COLUMNS)
tables.write_table(snakemake.output.evaluation, rows, evaluation.COLUMNS)
