# Every patient's rows -> the cohort's tables; and what the run was made of.


rule collect_measurements:
    input:
        lambda w: of_patients(w.cohort, "strain/{method}.measurements.tsv", method=METHODS),
    output:
        "results/{cohort}/measurements.tsv",
    params:
        library=digest("collect"),
    log:
        "results/{cohort}/logs/collect_measurements.log",
    script:
        "../scripts/collect.py"


rule collect_quality:
    input:
        lambda w: of_patients(
            w.cohort,
            "quality{network}.tsv",
            network=sorted({network_suffix(method) for method in METHODS}),
        ),
    output:
        "results/{cohort}/quality.tsv",
    params:
        library=digest("collect"),
    log:
        "results/{cohort}/logs/collect_quality.log",
    script:
        "../scripts/collect.py"


rule collect_exclusions:
    input:
        clips=lambda w: of_patients(w.cohort, "clips.tsv"),
        views=lambda w: of_patients(w.cohort, "views.tsv"),
        measurements="results/{cohort}/measurements.tsv",
    output:
        "results/{cohort}/exclusions.tsv",
    params:
        patients=lambda w: list(patients(w.cohort)),
        library=digest("collect_exclusions"),
    log:
        "results/{cohort}/logs/collect_exclusions.log",
    script:
        "../scripts/collect_exclusions.py"


rule record_run:
    input:
        models=MODELS / "models.yaml",
        lock=Path(workflow.basedir) / "requirements.lock",
    output:
        config="results/run/config.yaml",
        versions="results/run/versions.tsv",
    params:
        config=config,
        library=digest("record_run"),
    log:
        "results/run/logs/record_run.log",
    script:
        "../scripts/record_run.py"
