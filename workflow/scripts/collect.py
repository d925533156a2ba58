"""Many tables with the same header -> one."""

from echogls import logs, tables

logs.start(snakemake.log[0])
rows = (row for path in snakemake.input for row in tables.read_table(path))
header = tables.read_header(snakemake.input[0]) if snakemake.input else []
tables.write_table(snakemake.output[0], rows, header)
