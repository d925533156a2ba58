"""Methods' measurements and readers' readings -> how they agree, by statistic and by pair."""

from echogls import logs, tables
from echogls.agreement import comparison, paired

logs.start(snakemake.log[0])
raters = {
    "measurements": tables.read_table(snakemake.input.measurements),
    "readings": tables.read_table(snakemake.input.readers),
    "methods": snakemake.params.methods,
}
options = comparison.Options(**snakemake.params.options)
rows = comparison.cohort_agreement(**raters, options=options)
columns = comparison.AGREEMENT_COLUMNS
tables.write_table(snakemake.output.agreement, rows, columns)
tables.write_table(snakemake.output.variability, comparison.variability_rows(rows), columns)
pairs = paired.pair_rows(**raters, variance_ratio=options.variance_ratio)
tables.write_table(snakemake.output.pairs, pairs, paired.PAIR_COLUMNS)
