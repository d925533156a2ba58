"""A cohort's tables and strain curves -> its figures, each as .svg, .pdf and .png."""

from itertools import product
from pathlib import Path

import numpy as np

from echogls import logs, tables
from echogls.manuscript import figures
from echogls.manuscript.evidence import read_cohort
from echogls.truth.budget import true_curve

logs.start(snakemake.log[0])
folder = Path(snakemake.output[0])
cohort = read_cohort(
    folder.parent, simulated=snakemake.params.simulated, methods=snakemake.params.methods
)
owners = product(snakemake.params.patients, snakemake.params.methods)
curves = {
    owner: tables.read_table(path)
    for owner, path in zip(owners, snakemake.input.curves, strict=True)
}
for patient, path in zip(snakemake.params.patients, snakemake.input.get("truth", []), strict=False):
    with np.load(path, allow_pickle=False) as stored:
        curves[patient, "truth"] = true_curve(stored)
folder.mkdir(parents=True, exist_ok=True)
for figure in figures.figures_of(cohort):
    figure.draw(cohort, curves, folder / figure.name)
