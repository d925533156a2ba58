"""Fused paths -> the strain curve, the patient's rows of measurements.tsv, and of quality.tsv
what of them cannot be believed."""

from echogls import cine, fusion, logs, study, tables
from echogls.segmentation.clip import load_segmentations
from echogls.segmentation.quality import TABLE_COLUMNS
from echogls.strain import cycle, measure, patient

logs.start(snakemake.log[0])
judged = {}
curve, rows = patient.measure_patient(
    wanted=snakemake.params.wanted,
    clips=tables.read_table(snakemake.input.clips),
    views=tables.read_table(snakemake.input.views),
    cines=cine.load_cines(snakemake.input.cines, images=False),
    walls=load_segmentations(snakemake.input.segmentation, masks=False),
    fused=fusion.load_fused(snakemake.input.fused),
    min_plausible=snakemake.params.min_plausible,
    marks={clip: cycle.Marks(*frames) for clip, frames in snakemake.params.marks.items()},
    judged=judged,
    **snakemake.params.settings,
)
where = {
    "cohort": snakemake.wildcards.cohort,
    "patient": snakemake.wildcards.patient,
    "rater": snakemake.wildcards.method,
}
columns = measure.curve_columns(snakemake.params.wanted)
tables.write_table(snakemake.output.curve, curve, columns)
tables.write_table(
    snakemake.output.measurements, [where | row for row in rows], study.MEASUREMENT_COLUMNS
)
method = {"segmentation": snakemake.params.segmentation, "method": snakemake.wildcards.method}
quality = [
    {"cohort": where["cohort"], "patient": where["patient"], "view": view} | method | row
    for view, found in judged.items()
    for row in found.rows
]
tables.write_table(snakemake.output.quality, quality, TABLE_COLUMNS)
