"""A cohort's measurements and readings -> bullseye.tsv: 17 and 18 segments a patient and rater."""

from echogls import logs, tables
from echogls.strain.bullseye import COLUMNS, bullseye_rows

logs.start(snakemake.log[0])
rows = [row for path in snakemake.input for row in tables.read_table(path)]
bullseye = bullseye_rows(rows, snakemake.params.wanted, **snakemake.params.options)
tables.write_table(snakemake.output[0], bullseye, COLUMNS)
