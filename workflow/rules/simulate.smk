# Patients whose strain is known, where a cohort's format is `simulated`.


rule simulate:
    output:
        clips=directory("results/{cohort}/simulated/{patient}/clips"),
        readers="results/{cohort}/simulated/{patient}/readers.tsv",
        truth="results/{cohort}/simulated/{patient}/truth.npz",
        covariates="results/{cohort}/simulated/{patient}/patient.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/simulate.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/simulate.tsv"
    conda:
        "../envs/echogls.yml"
    resources:
        mem_mb=doubling(1000),
        runtime=1,
    params:
        settings=simulation_settings,
        library=digest("simulate"),
    script:
        "../scripts/simulate.py"


rule collect_simulated_readers:
    input:
        each_simulated("readers.tsv"),
    output:
        "results/{cohort}/simulated/readers.tsv",
    log:
        "results/{cohort}/logs/collect_simulated_readers.log",
    conda:
        "../envs/echogls.yml"
    params:
        library=digest("collect"),
    script:
        "../scripts/collect.py"
