"""A study's tables, figures and overlays -> one self-contained HTML page."""

from pathlib import Path

from echogls import logs
from echogls.manuscript import draft, flags, web_page
from echogls.manuscript.names import rater_name

logs.start(snakemake.log[0])
results = Path(snakemake.output[0]).parent
cohorts, parts = draft.read_draft(
    results, snakemake.params.cohorts, snakemake.params.config, snakemake.input.models
)
for figure in parts["figures"]:
    figure["path"] = f"{figure['stem']}.svg"
people = []
for cohort in cohorts:
    shown = []
    for patient in snakemake.params.patients[cohort.name]:
        for method in cohort.methods:
            stem = results / cohort.name / "patients" / patient / "strain" / method
            files = {"curve": f"{stem}.curve.svg"}
            if method == cohort.primary:  # the others' movies lie beside their curves
                files["movie"] = f"{stem}.overlay.webp"
            if f"{stem}.bullseye.svg" in snakemake.input.bullseyes:
                files["bullseye"] = f"{stem}.bullseye.svg"
            told = flags.flag_lines(cohort.tables["quality"], patient, method)
            title = f"{patient}, {rater_name(method)}{', flagged' if told else ''}"
            shown.append({"title": title, "flags": told} | files)
    people.append({"label": cohort.label, "patients": shown})
page = web_page.report_page(**parts, cohorts=people)
Path(snakemake.output[0]).write_text(page, encoding="utf-8")
