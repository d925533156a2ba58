"""Fused paths -> the strain curve, the patient's rows of measurements.tsv, and of quality.tsv
what of them cannot be believed."""

from echogls import cine, fusion, logs, study, tables
from echogls.segmentation.clip import load_segmentations
from echogls.segmentation.quality import TABLE_COLUMNS
from echogls.strain import cycle, measure, patient

logs.start(snakemake.log[0])
names, params = snakemake.wildcards, snakemake.params
judged = {}
curve, rows = patient.measure_patient(
    wanted=params.wanted,
    clips=tables.read_table(snakemake.input.clips),
    views=tables.read_table(snakemake.input.views),
    cines=cine.load_cines(snakemake.input.cines, images=False),
    walls=load_segmentations(snakemake.input.segmentation, masks=False),
    fused=fusion.load_fused(snakemake.input.fused),
    min_plausible=params.min_plausible,
    marks={clip: cycle.Marks(*frames) for clip, frames in params.marks.items()},
    judged=judged,
    **params.settings,
)
owner = {"cohort": names.cohort, "patient": names.patient}
rows = [owner | {"rater": names.method} | row for row in rows]
method = {"segmentation": params.segmentation, "method": names.method}
quality = [owner | method | row for row in patient.judged_rows(judged)]
tables.write_table(snakemake.output.curve, curve, measure.curve_columns(params.wanted))
tables.write_table(snakemake.output.measurements, rows, study.MEASUREMENT_COLUMNS)
tables.write_table(snakemake.output.quality, quality, TABLE_COLUMNS)
