# What the rules of record.smk take.
from types import SimpleNamespace

from echogls.run_record.origin import revision, seeds

CODE = ROOT / "workflow"
RULE_FILES = sorted((CODE / "rules").glob("*.smk"))


def code_revision(wildcards):
    """The commit of the checkout, asked only where it is recorded."""
    return revision(ROOT)


def sheets_of_cohort(cohort):
    """What a cohort is told beside recordings: kind -> files, in the order that they are named."""
    if is_simulated(cohort):
        return {}
    entry = config["cohorts"][cohort]
    sheets = {kind: [entry[kind]] for kind in ("patients", "clips") if entry[kind]}
    drawn = [row["outline"] for rows in clip_sheet(cohort).values() for row in rows]
    sheets["outline"] = outline_images(filter(None, drawn))
    if entry["readers"]:
        files = reader_files(SimpleNamespace(cohort=cohort))
        sheets |= {"readings": [files["table"]], "export": files["exports"]}
    return {kind: list(map(str, files)) for kind, files in sheets.items() if files}


def sheets_of_study(wildcards):
    return {cohort: sheets_of_cohort(cohort) for cohort in config["study"]}


def sheet_files(wildcards):
    """All of them, so that a changed one is recorded anew."""
    kinds = [files for sheets in sheets_of_study(wildcards).values() for files in sheets.values()]
    return [file for files in kinds for file in files if "{" not in file]


def recorded_recordings(wildcards):
    return [file for cohort in config["study"] for file in of_patients(cohort, "inputs.tsv")]


def networks_of_study(wildcards):
    """The networks that the methods use: name -> graph."""
    names = [config["classify_view"][key] for key in ("network", "segmentation")]
    names += segmentation_networks()
    learned = {name: motion_graph(SimpleNamespace(motion=name)) for name, _ in motions()}
    graphs = {name: files["graph"] for name, files in learned.items() if files}
    return {name: graph(name) for name in names} | graphs


def network_files(wildcards):
    return list(networks_of_study(wildcards).values())


def described_files(wildcards):
    """What the crate describes: all that is the study's or a cohort's, and nothing of one
    patient."""
    return [
        *rules.record_run.output,
        rules.record_origin.output.origin,
        *rules.record_inputs.output,
        *(file for cohort in config["study"] for file in cohort_tables(cohort)),
        *expand(rules.collect_clips.output, cohort=config["study"]),
        *(f"results/{cohort}/figures" for cohort in config["study"]),
        *rules.tables.output,
        *rules.manuscript.output,
        "results/report.html",
    ]
