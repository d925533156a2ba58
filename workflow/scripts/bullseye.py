"""A patient's segments of all views -> the bull's-eye of each method as a picture."""

from pathlib import Path

from echogls import logs, tables
from echogls.manuscript.bullseye import save_bullseye
from echogls.strain.bullseye import bullseye_rows

logs.start(snakemake.log[0])
files = zip(snakemake.params.methods, snakemake.input, snakemake.output, strict=True)
for method, measurements, picture in files:
    rows = bullseye_rows(
        [row for row in tables.read_table(measurements) if row["repeat"] in ("", "1")],
        snakemake.params.wanted,
        **snakemake.params.options,
    )
    save_bullseye(Path(picture), rows, f"{snakemake.wildcards.patient}, {method}")
