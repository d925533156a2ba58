"""Everything left out of a cohort -> exclusions.tsv; how many came how far -> flow.tsv."""

from echogls import logs, tables
from echogls.cohort_tables import exclusions

logs.start(snakemake.log[0])
read = tables.read_table
patients, cohort = snakemake.params.patients, snakemake.wildcards.cohort
pairs = read(path) if (path := snakemake.input.get("pairs")) else []
readings = read(path) if (path := snakemake.input.get("readers")) else []
cohort_rows = {
    "clips": tables.read_joined(snakemake.input.clips, patients),
    "views": tables.read_joined(snakemake.input.views, patients),
    "measurements": read(snakemake.input.measurements),
    "pairs": pairs,
}
quality = read(snakemake.input.quality)
left_out = exclusions.exclusion_rows(cohort, **cohort_rows, readings=readings, quality=quality)
tables.write_table(snakemake.output.exclusions, left_out, exclusions.COLUMNS)
chart = exclusions.flow_chart_rows(cohort, **cohort_rows)
tables.write_table(snakemake.output.flow, chart, exclusions.FLOW_CHART_COLUMNS)
