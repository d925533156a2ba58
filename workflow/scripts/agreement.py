"""Methods' measurements and readers' readings -> agreement.tsv, one row a statistic."""

from echogls import logs, tables
from echogls.agreement import comparison

logs.start(snakemake.log[0])
rows = comparison.cohort_agreement(
    measurements=tables.read_table(snakemake.input.measurements),
    readings=tables.read_table(snakemake.input.readers),
    methods=snakemake.params.methods,
)
tables.write_table(snakemake.output[0], rows, comparison.AGREEMENT_COLUMNS)
