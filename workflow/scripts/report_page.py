"""A study's tables, figures and patients -> one self-contained HTML page."""

from pathlib import Path

from echogls import logs, tables
from echogls.manuscript import draft, web_page
from echogls.manuscript.page.block import cohort_block, patient_files

logs.start(snakemake.log[0])
params, inputs, output = snakemake.params, snakemake.input, Path(snakemake.output[0])
results = output.parent
cohorts, parts = draft.read_draft(results, params.cohorts, params.config, inputs.models)
numbers = parts.pop("numbers")
parts["figures"] = [
    web_page.shown_figure(f"{one['stem']}.svg", one["caption"], one["spoken"])
    for one in parts["figures"]
]
blocks = [
    cohort_block(
        cohort,
        numbers,
        names=params.patients[cohort.name],
        files=patient_files(results, cohort, params.patients[cohort.name], inputs.bullseyes),
        results=results,
        allowed=params.config["agreement"]["margin"],
    )
    for cohort in cohorts
]
versions = [(row["name"], row["version"]) for row in tables.read_table(inputs.versions)]
page = web_page.report_page(
    **parts, cohorts=blocks, files=web_page.files_of(cohorts), versions=versions
)
output.write_text(page, encoding="utf-8")
