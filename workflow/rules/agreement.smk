# What readers say (and the truth, where known), and how the methods agree with them.


rule measure_contours:
    input:
        clips="results/{cohort}/patients/{patient}/clips.tsv",
        views="results/{cohort}/patients/{patient}/views.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
    output:
        "results/{cohort}/patients/{patient}/contours.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/measure_contours.log",
    conda:
        "../../environment.yml"
    params:
        wanted=lambda w: config["cohorts"][w.cohort]["views"],
        settings=config["strain"],
        min_plausible=config["segment"]["min_plausible"],
        library=digest("measure_contours"),
    script:
        "../scripts/measure_contours.py"


rule read_readers:
    input:
        unpack(reader_files),
    output:
        "results/{cohort}/readers.tsv",
    log:
        "results/{cohort}/logs/read_readers.log",
    conda:
        "../../environment.yml"
    params:
        patients=lambda w: list(patients(w.cohort)),
        views=lambda w: config["cohorts"][w.cohort]["views"],
        gls=config["strain"]["gls"],
        missing_view=config["strain"]["missing_view"],
        library=digest("read_readers"),
    script:
        "../scripts/read_readers.py"


rule agreement:
    input:
        measurements="results/{cohort}/measurements.tsv",
        readers="results/{cohort}/readers.tsv",
    output:
        agreement="results/{cohort}/agreement.tsv",
        variability="results/{cohort}/variability.tsv",
        pairs="results/{cohort}/pairs.tsv",
    log:
        "results/{cohort}/logs/agreement.log",
    conda:
        "../../environment.yml"
    params:
        methods=list(METHODS),
        options={k: v for k, v in config["agreement"].items() if k != "min_subgroup"},
        library=digest("agreement"),
    script:
        "../scripts/agreement.py"


rule subgroups:
    input:
        unpack(covariate_files),
        pairs="results/{cohort}/pairs.tsv",
    output:
        "results/{cohort}/subgroups.tsv",
    log:
        "results/{cohort}/logs/subgroups.log",
    conda:
        "../../environment.yml"
    params:
        sheet=sheet_rows,
        names=lambda w: config["cohorts"][w.cohort]["subgroups"],
        minimum=config["agreement"]["min_subgroup"],
        library=digest("subgroups"),
    script:
        "../scripts/subgroups.py"


rule sensitivity:
    input:
        pairs="results/{cohort}/pairs.tsv",
        definitions=lambda w: of_patients(
            w.cohort, "strain/{method}.definitions.tsv", method=METHODS
        ),
    output:
        "results/{cohort}/sensitivity.tsv",
    log:
        "results/{cohort}/logs/sensitivity.log",
    conda:
        "../../environment.yml"
    params:
        patients=lambda w: list(patients(w.cohort)),
        methods=list(METHODS),
        library=digest("sensitivity"),
    script:
        "../scripts/sensitivity.py"


# Where an error comes from is known of simulated patients alone.
rule replace_by_truth:
    input:
        unpack(fuse_inputs),
        views="results/{cohort}/patients/{patient}/views.tsv",
        fused="results/{cohort}/patients/{patient}/fused/{method}.npz",
        truth="results/{cohort}/simulated/{patient}/truth.npz",
    output:
        "results/{cohort}/patients/{patient}/strain/{method}.budget.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/replace_by_truth.{method}.log",
    conda:
        "../../environment.yml"
    params:
        wanted=lambda w: config["cohorts"][w.cohort]["views"],
        fusion=lambda w: METHODS[w.method]["fusion"],
        options=config["fuse"],
        settings=config["strain"],
        library=lambda w: digest(
            "replace_by_truth", f"echogls.fusion.{METHODS[w.method]['fusion']}"
        ),
    script:
        "../scripts/replace_by_truth.py"


# So is how far each motion estimator errs, frame by frame.
rule measure_motion_error:
    input:
        views="results/{cohort}/patients/{patient}/views.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
        tracks="results/{cohort}/patients/{patient}/motion/{motion}{network}.npz",
        truth="results/{cohort}/simulated/{patient}/truth.npz",
    output:
        "results/{cohort}/patients/{patient}/motion/{motion}{network}.error.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/measure_motion_error.{motion}{network}.log",
    conda:
        "../../environment.yml"
    params:
        network=network_name,
        library=digest("measure_motion_error"),
    script:
        "../scripts/measure_motion_error.py"


rule error_budget:
    input:
        pairs="results/{cohort}/pairs.tsv",
        variants=lambda w: of_patients(w.cohort, "strain/{method}.budget.tsv", method=METHODS),
    output:
        "results/{cohort}/budget.tsv",
    log:
        "results/{cohort}/logs/error_budget.log",
    conda:
        "../../environment.yml"
    params:
        patients=lambda w: list(patients(w.cohort)),
        methods=list(METHODS),
        library=digest("error_budget"),
    script:
        "../scripts/error_budget.py"
