# Every patient's rows -> the cohort's tables; and what the run was made of.


rule collect_measurements:
    input:
        lambda w: of_patients(w.cohort, "strain/{method}.measurements.tsv", method=METHODS),
    output:
        "results/{cohort}/measurements.tsv",
    log:
        "results/{cohort}/logs/collect_measurements.log",
    conda:
        "../../environment.yml"
    params:
        library=digest("collect"),
    script:
        "../scripts/collect.py"


rule collect_quality:
    input:
        outlines=lambda w: of_patients(
            w.cohort,
            "quality{network}.tsv",
            network=sorted(map(network_suffix, segmentation_networks())),
        ),
        methods=lambda w: of_patients(w.cohort, "strain/{method}.quality.tsv", method=METHODS),
    output:
        "results/{cohort}/quality.tsv",
    log:
        "results/{cohort}/logs/collect_quality.log",
    conda:
        "../../environment.yml"
    params:
        library=digest("collect"),
    script:
        "../scripts/collect.py"


rule collect_motion_error:
    input:
        lambda w: of_patients(w.cohort, "motion_error.tsv"),
    output:
        "results/{cohort}/motion_error.tsv",
    log:
        "results/{cohort}/logs/collect_motion_error.log",
    conda:
        "../../environment.yml"
    params:
        library=digest("collect"),
    script:
        "../scripts/collect.py"


rule collect_view_confusion:
    input:
        clips=lambda w: of_patients(w.cohort, "clips.tsv"),
        views=lambda w: of_patients(w.cohort, "views.tsv"),
    output:
        "results/{cohort}/view_confusion.tsv",
    log:
        "results/{cohort}/logs/collect_view_confusion.log",
    conda:
        "../../environment.yml"
    params:
        patients=lambda w: list(patients(w.cohort)),
        library=digest("collect_view_confusion"),
    script:
        "../scripts/collect_view_confusion.py"


rule collect_bullseye:
    input:
        lambda w: [
            f"results/{w.cohort}/{name}.tsv"
            for name in ("measurements", *(["readers"] if has_readers(w.cohort) else []))
        ],
    output:
        "results/{cohort}/bullseye.tsv",
    log:
        "results/{cohort}/logs/collect_bullseye.log",
    conda:
        "../../environment.yml"
    params:
        wanted=lambda w: config["cohorts"][w.cohort]["views"],
        options=bullseye_options(),
        library=digest("collect_bullseye"),
    script:
        "../scripts/collect_bullseye.py"


rule collect_exclusions:
    input:
        unpack(reader_tables),
        clips=lambda w: of_patients(w.cohort, "clips.tsv"),
        views=lambda w: of_patients(w.cohort, "views.tsv"),
        measurements="results/{cohort}/measurements.tsv",
        quality="results/{cohort}/quality.tsv",
    output:
        exclusions="results/{cohort}/exclusions.tsv",
        flow="results/{cohort}/flow.tsv",
    log:
        "results/{cohort}/logs/collect_exclusions.log",
    conda:
        "../../environment.yml"
    params:
        patients=lambda w: list(patients(w.cohort)),
        library=digest("collect_exclusions"),
    script:
        "../scripts/collect_exclusions.py"


rule collect_characteristics:
    input:
        unpack(reader_tables),
        unpack(covariate_files),
        unpack(motion_error_file),
        clips=lambda w: of_patients(w.cohort, "clips.tsv"),
        views=lambda w: of_patients(w.cohort, "views.tsv"),
        measurements="results/{cohort}/measurements.tsv",
        quality="results/{cohort}/quality.tsv",
        timing="results/{cohort}/timing.tsv",
    output:
        "results/{cohort}/characteristics.tsv",
    log:
        "results/{cohort}/logs/collect_characteristics.log",
    conda:
        "../../environment.yml"
    params:
        patients=lambda w: list(patients(w.cohort)),
        sheet=sheet_rows,
        library=digest("collect_characteristics"),
    script:
        "../scripts/collect_characteristics.py"


rule collect_timing:
    input:
        unpack(benchmark_files),
        clips=lambda w: of_patients(w.cohort, "clips.tsv"),
        views=lambda w: of_patients(w.cohort, "views.tsv"),
    output:
        "results/{cohort}/timing.tsv",
    log:
        "results/{cohort}/logs/collect_timing.log",
    conda:
        "../../environment.yml"
    params:
        patients=lambda w: list(patients(w.cohort)),
        jobs=method_jobs(),
        methods={method: method_jobs(method) for method in METHODS},
        library=digest("collect_timing"),
    script:
        "../scripts/collect_timing.py"


rule record_run:
    input:
        models=MODELS / "models.yaml",
        lock=Path(workflow.basedir) / "requirements.lock",
    output:
        config="results/run/config.yaml",
        versions="results/run/versions.tsv",
    log:
        "results/run/logs/record_run.log",
    conda:
        "../../environment.yml"
    params:
        config=config,
        library=digest("record_run"),
    script:
        "../scripts/record_run.py"
