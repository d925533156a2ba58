"""A patient's segments of all views by one method -> the bull's-eye as a picture."""

from pathlib import Path

from echogls import logs, tables
from echogls.manuscript.bullseye import save_bullseye
from echogls.strain.bullseye import bullseye_rows

logs.start(snakemake.log[0])
rows = bullseye_rows(
    [row for row in tables.read_table(snakemake.input[0]) if row["repeat"] in ("", "1")],
    snakemake.params.wanted,
    **snakemake.params.options,
)
title = f"{snakemake.wildcards.patient}, {snakemake.wildcards.method}"
save_bullseye(Path(snakemake.output[0]), rows, title)
