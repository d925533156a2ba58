"""Digests of recordings by patient, of sheets, readings and networks -> results/run/inputs.tsv."""

from pathlib import Path

from echogls import logs, tables
from echogls.run_record.inputs import COLUMNS, file_digest, input_rows

logs.start(snakemake.log[0])
rows = [row for path in snakemake.input.recordings for row in tables.read_table(path)]
for cohort, kinds in snakemake.params.sheets.items():
    for kind, files in kinds.items():
        rows += input_rows(kind, files, cohort)
for name, path in snakemake.params.networks.items():
    facts = {"kind": "network", "file": name, "bytes": Path(path).stat().st_size}
    rows.append(facts | {"sha256": file_digest(path)})
tables.write_table(snakemake.output[0], rows, COLUMNS)
