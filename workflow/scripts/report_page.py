"""A study's tables, figures and patients -> one self-contained HTML page."""

from pathlib import Path

from echogls import logs, tables
from echogls.manuscript import draft, web_page
from echogls.manuscript.page.block import cohort_block

logs.start(snakemake.log[0])
params = snakemake.params
results = Path(snakemake.output[0]).parent
cohorts, parts = draft.read_draft(results, params.cohorts, params.config, snakemake.input.models)
numbers = parts.pop("numbers")
parts["figures"] = [
    web_page.shown_figure(f"{one['stem']}.svg", one["caption"], one["spoken"])
    for one in parts["figures"]
]
blocks = []
for cohort in cohorts:
    files = {}
    for patient in params.patients[cohort.name]:
        stem = results / cohort.name / "patients" / patient / "strain" / cohort.primary
        files[patient] = {"viewer": f"{stem}.viewer.json", "movie": f"{stem}.overlay.webp"}
        if f"{stem}.bullseye.svg" in snakemake.input.bullseyes:
            files[patient]["bullseye"] = web_page.data_url(f"{stem}.bullseye.svg")
    blocks.append(
        cohort_block(
            cohort,
            numbers,
            names=params.patients[cohort.name],
            files=files,
            results=results,
            allowed=params.config["agreement"]["margin"],
        )
    )
versions = tables.read_table(snakemake.input.versions)
page = web_page.report_page(
    **parts,
    cohorts=blocks,
    files=web_page.files_of(cohorts),
    versions=[(row["name"], row["version"]) for row in versions],
)
Path(snakemake.output[0]).write_text(page, encoding="utf-8")
