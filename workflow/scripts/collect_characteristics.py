"""Who and what a cohort consists of, in numbers -> characteristics.tsv."""

from echogls import logs, tables
from echogls.cohort_tables import characteristics

logs.start(snakemake.log[0])
read = tables.read_table
patients = snakemake.params.patients
covariates = [row for path in snakemake.input.get("covariates", []) for row in read(path)]
rows = characteristics.characteristic_rows(
    snakemake.wildcards.cohort,
    clips=tables.read_joined(snakemake.input.clips, patients),
    views=tables.read_joined(snakemake.input.views, patients),
    measurements=read(snakemake.input.measurements),
    readings=read(path) if (path := snakemake.input.get("readers")) else [],
    covariates=covariates or snakemake.params.sheet,
    quality=read(snakemake.input.quality),
    timing=read(snakemake.input.timing),
    motion=read(path) if (path := snakemake.input.get("motion_error")) else [],
)
tables.write_table(snakemake.output[0], rows, characteristics.COLUMNS)
