# What readers say (and the truth, where known), and how the methods agree with them.


# Of the limits of agreement and of every interval, wherever they are told.
LIMITS_WIDTH = {key: config["agreement"][key] for key in ("multiplier", "confidence")}


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
        "../envs/echogls.yml"
    resources:
        mem_mb=doubling(500),
        runtime=1,
    params:
        wanted=of_cohort("views"),
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
        "../envs/echogls.yml"
    params:
        patients=names_of_patients,
        views=of_cohort("views"),
        gls=config["strain"]["gls"],
        readers=lambda w: config["cohorts"][w.cohort]["readers"],
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
        "../envs/echogls.yml"
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
        "../envs/echogls.yml"
    params:
        sheet=sheet_rows,
        names=of_cohort("subgroups"),
        minimum=config["agreement"]["min_subgroup"],
        width=LIMITS_WIDTH,
        library=digest("subgroups"),
    script:
        "../scripts/subgroups.py"


rule sensitivity:
    input:
        pairs="results/{cohort}/pairs.tsv",
        definitions=each_patient("definitions.tsv"),
    output:
        "results/{cohort}/sensitivity.tsv",
    log:
        "results/{cohort}/logs/sensitivity.log",
    conda:
        "../envs/echogls.yml"
    params:
        patients=names_of_patients,
        width=LIMITS_WIDTH,
        library=digest("sensitivity"),
    script:
        "../scripts/sensitivity.py"


# Where an error comes from is known of simulated patients alone, and how far motion errs.
rule compare_with_truth:
    input:
        views="results/{cohort}/patients/{patient}/views.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
        segmentations=of_networks("segmentation{network}.npz"),
        tracks=of_motions("motion/{motion}{network}.npz"),
        fused=of_methods("fused/{method}.npz"),
        truth="results/{cohort}/simulated/{patient}/truth.npz",
    output:
        budget="results/{cohort}/patients/{patient}/budget.tsv",
        motion_error="results/{cohort}/patients/{patient}/motion_error.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/compare_with_truth.log",
    conda:
        "../envs/echogls.yml"
    resources:
        mem_mb=doubling(500),
        runtime=1,
    params:
        methods=METHODS,
        networks=segmentation_networks(),
        motions=motions(),
        wanted=of_cohort("views"),
        settings=config["strain"],
        library=digest_with_fusions("compare_with_truth"),
    script:
        "../scripts/compare_with_truth.py"


rule error_budget:
    input:
        pairs="results/{cohort}/pairs.tsv",
        variants=each_patient("budget.tsv"),
    output:
        "results/{cohort}/budget.tsv",
    log:
        "results/{cohort}/logs/error_budget.log",
    conda:
        "../envs/echogls.yml"
    params:
        patients=names_of_patients,
        width=LIMITS_WIDTH,
        library=digest("error_budget"),
    script:
        "../scripts/error_budget.py"
