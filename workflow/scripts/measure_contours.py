"""A patient's outlines by an expert -> strain on them, as rows of the rater `contours`."""

from echogls import cine, logs, study, tables
from echogls.strain.contours import measure_contours

logs.start(snakemake.log[0])
views = tables.read_table(snakemake.input.views)
rows = measure_contours(
    wanted=snakemake.params.wanted,
    clips=tables.read_table(snakemake.input.clips),
    views=views,
    cines=cine.load_cines(snakemake.input.cines, [row["clip"] for row in views]),
    min_plausible=snakemake.params.min_plausible,
    settings=snakemake.params.settings,
)
where = {
    "cohort": snakemake.wildcards.cohort,
    "patient": snakemake.wildcards.patient,
    "rater": study.CONTOURS,
}
rows_with_ids = [where | row for row in rows]
tables.write_table(snakemake.output[0], rows_with_ids, study.MEASUREMENT_COLUMNS)
