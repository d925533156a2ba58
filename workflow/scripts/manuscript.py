"""A study's tables and figures -> numbered figures, checklists and the typeset draft."""

import shutil
from pathlib import Path

from echogls import logs, tables
from echogls.manuscript import checklists, citations, draft, typeset
from echogls.manuscript.figures.style import FORMATS

logs.start(snakemake.log[0])
folder = Path(snakemake.output.source).parent
_, parts = draft.read_draft(
    folder.parent, snakemake.params.cohorts, snakemake.params.config, snakemake.input.models
)
for old in folder.glob("figure[0-9]*.*"):
    old.unlink()
for figure in parts["figures"]:
    number = figure["number"]
    figure["file"] = f"figure{number}.pdf"
    for suffix in FORMATS:
        shutil.copyfile(f"{figure['stem']}{suffix}", folder / f"figure{number}{suffix}")
rows = [
    {key: one[key] for key in ("number", "cohort", "name", "caption")} for one in parts["figures"]
]
tables.write_table(snakemake.output.figures, rows, ("number", "cohort", "name", "caption"))
answers = [
    dict(zip(checklists.COLUMNS, (one.title, *row), strict=True))
    for one in parts["checklists"]
    for row in one.rows
]
tables.write_table(snakemake.output.checklists, answers, checklists.COLUMNS)
shutil.copyfile(citations.FILE, snakemake.output.references)
source = Path(snakemake.output.source)
source.write_text(typeset.manuscript_source(**parts), encoding="utf-8")
typeset.compile_pdf(source, Path(snakemake.output.pdf))
