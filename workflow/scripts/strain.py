"""Fused paths -> the strain curve and the patient's rows of measurements.tsv."""

from echogls import cine, fusion, logs, study, tables
from echogls.segmentation.clip import load_segmentations
from echogls.strain import cycle, measure, patient

logs.start(snakemake.log[0])
curve, rows = patient.measure_patient(
    wanted=snakemake.params.wanted,
    clips=tables.read_table(snakemake.input.clips),
    views=tables.read_table(snakemake.input.views),
    cines=cine.load_cines(snakemake.input.cines, images=False),
    walls=load_segmentations(snakemake.input.segmentation, masks=False),
    fused=fusion.load_fused(snakemake.input.fused),
    min_plausible=snakemake.params.min_plausible,
    marks={clip: cycle.Marks(*frames) for clip, frames in snakemake.params.marks.items()},
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
