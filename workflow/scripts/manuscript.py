"""A study's tables and figures -> numbered figures, checklists and the typeset draft."""

import shutil
from pathlib import Path

from echogls import logs, tables
from echogls.manuscript import checklists, citations, draft, typeset

logs.start(snakemake.log[0])
params, output = snakemake.params, snakemake.output
source = Path(output.source)
results = source.parent.parent
_, parts = draft.read_draft(results, params.cohorts, params.config, snakemake.input.models)
parts["figures"] = draft.number_figures(source.parent, parts["figures"])
tables.write_table(output.figures, draft.figure_rows(parts["figures"]), draft.FIGURE_COLUMNS)
answers = checklists.answer_rows(parts["checklists"])
tables.write_table(output.checklists, answers, checklists.COLUMNS)
shutil.copyfile(citations.FILE, output.references)
source.write_text(typeset.manuscript_source(**parts), encoding="utf-8")
typeset.compile_pdf(source, Path(output.pdf))
