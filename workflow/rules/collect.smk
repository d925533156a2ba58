# Every patient's rows -> the cohort's tables.


rule collect_measurements:
    input:
        each_patient("strain/{method}.measurements.tsv", method=METHODS),
    output:
        "results/{cohort}/measurements.tsv",
    log:
        "results/{cohort}/logs/collect_measurements.log",
    conda:
        "../envs/echogls.yml"
    params:
        library=digest("collect"),
    script:
        "../scripts/collect.py"


rule collect_quality:
    input:
        outlines=each_patient(
            "quality{network}.tsv",
            network=sorted(map(network_suffix, segmentation_networks())),
        ),
        methods=each_patient("strain/{method}.quality.tsv", method=METHODS),
    output:
        "results/{cohort}/quality.tsv",
    log:
        "results/{cohort}/logs/collect_quality.log",
    conda:
        "../envs/echogls.yml"
    params:
        library=digest("collect"),
    script:
        "../scripts/collect.py"


rule collect_clips:
    input:
        clips=each_patient("clips.tsv"),
        views=each_patient("views.tsv"),
    output:
        clips="results/{cohort}/clips.tsv",
        views="results/{cohort}/views.tsv",
    log:
        "results/{cohort}/logs/collect_clips.log",
    conda:
        "../envs/echogls.yml"
    params:
        patients=names_of_patients,
        library=digest("collect_clips"),
    script:
        "../scripts/collect_clips.py"


rule collect_motion_error:
    input:
        each_patient("motion_error.tsv"),
    output:
        "results/{cohort}/motion_error.tsv",
    log:
        "results/{cohort}/logs/collect_motion_error.log",
    conda:
        "../envs/echogls.yml"
    params:
        library=digest("collect"),
    script:
        "../scripts/collect.py"


rule collect_view_confusion:
    input:
        clips="results/{cohort}/clips.tsv",
        views="results/{cohort}/views.tsv",
    output:
        "results/{cohort}/view_confusion.tsv",
    log:
        "results/{cohort}/logs/collect_view_confusion.log",
    conda:
        "../envs/echogls.yml"
    params:
        patients=names_of_patients,
        library=digest("collect_view_confusion"),
    script:
        "../scripts/collect_view_confusion.py"


rule collect_bullseye:
    input:
        rater_tables,
    output:
        "results/{cohort}/bullseye.tsv",
    log:
        "results/{cohort}/logs/collect_bullseye.log",
    conda:
        "../envs/echogls.yml"
    params:
        wanted=of_cohort("views"),
        options=bullseye_options(),
        library=digest("collect_bullseye"),
    script:
        "../scripts/collect_bullseye.py"


rule collect_exclusions:
    input:
        unpack(reader_tables),
        clips="results/{cohort}/clips.tsv",
        views="results/{cohort}/views.tsv",
        measurements="results/{cohort}/measurements.tsv",
        quality="results/{cohort}/quality.tsv",
    output:
        exclusions="results/{cohort}/exclusions.tsv",
        flow="results/{cohort}/flow.tsv",
    log:
        "results/{cohort}/logs/collect_exclusions.log",
    conda:
        "../envs/echogls.yml"
    params:
        patients=names_of_patients,
        library=digest("collect_exclusions"),
    script:
        "../scripts/collect_exclusions.py"


rule collect_characteristics:
    input:
        unpack(reader_tables),
        unpack(covariate_files),
        unpack(motion_error_file),
        clips="results/{cohort}/clips.tsv",
        views="results/{cohort}/views.tsv",
        measurements="results/{cohort}/measurements.tsv",
        quality="results/{cohort}/quality.tsv",
        timing="results/{cohort}/timing.tsv",
    output:
        "results/{cohort}/characteristics.tsv",
    log:
        "results/{cohort}/logs/collect_characteristics.log",
    conda:
        "../envs/echogls.yml"
    params:
        patients=names_of_patients,
        sheet=sheet_rows,
        library=digest("collect_characteristics"),
    script:
        "../scripts/collect_characteristics.py"


rule collect_timing:
    input:
        unpack(benchmark_files),
        clips="results/{cohort}/clips.tsv",
        views="results/{cohort}/views.tsv",
    output:
        "results/{cohort}/timing.tsv",
    log:
        "results/{cohort}/logs/collect_timing.log",
    conda:
        "../envs/echogls.yml"
    params:
        patients=names_of_patients,
        jobs=method_jobs(),
        methods={method: method_jobs(method) for method in METHODS},
        library=digest("collect_timing"),
    script:
        "../scripts/collect_timing.py"
