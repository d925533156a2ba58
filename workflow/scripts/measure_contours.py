"""A patient's outlines by an expert -> strain on them, as rows of the rater `contours`."""

from echogls import cine, fusion, logs, study, tables
from echogls.segmentation.clip import drawn_part, reference_segmentation
from echogls.strain import patient

logs.start(snakemake.log[0])
views = tables.read_table(snakemake.input.views)
cines = cine.load_cines(snakemake.input.cines, [row["clip"] for row in views])
parts = {name: drawn_part(one) for name, one in cines.items() if one.reference is not None}
cines = {name: part for name, (part, _) in parts.items()}
# A clip without an expert's outline has no reading, and so no row.
undrawn = {row["view"] for row in views if row["chosen"] == "yes" and row["clip"] not in cines}
walls = {name: reference_segmentation(one) for name, one in cines.items()}
paths = {
    name: fusion.fuse_clip(
        wall.usable_centreline_mm,
        None,
        cines[name].times_s,
        method="none",
        pixel_mm=wall.pixel_mm if cines[name].spacing_mm else None,
    )
    for name, wall in walls.items()
    if wall.plausible.any()
}
_, rows = patient.measure_patient(
    wanted=[view for view in snakemake.params.wanted if view not in undrawn],
    clips=tables.read_table(snakemake.input.clips),
    views=[row for row in views if row["clip"] in cines],
    cines=cines,
    walls=walls,
    fused=paths,
    min_plausible=snakemake.params.min_plausible,
    **snakemake.params.settings,
)
where = {
    "cohort": snakemake.wildcards.cohort,
    "patient": snakemake.wildcards.patient,
    "rater": study.CONTOURS,
}
first = {row["view"]: parts[row["clip"]][1] for row in views if row["clip"] in parts}
for row in rows:
    if row["unit"] == "frame" and row["value"] is not None:
        row["value"] += first[row["view"]]
told = [where | row for row in rows]
tables.write_table(snakemake.output[0], told, study.MEASUREMENT_COLUMNS)
