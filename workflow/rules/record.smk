# What the study was made of and by, and its results packed as a Workflow Run RO-Crate.


rule record_run:
    input:
        models=MODELS / "models.yaml",
        lock=ROOT / "requirements.lock",
    output:
        config="results/run/config.yaml",
        versions="results/run/versions.tsv",
    log:
        "results/run/logs/record_run.log",
    conda:
        "../envs/echogls.yml"
    params:
        config=ShortlyShown(config),
        library=digest("record_run"),
    script:
        "../scripts/record_run.py"


rule record_origin:
    input:
        snakefile=CODE / "Snakefile",
        rules=RULE_FILES,
    output:
        origin="results/run/origin.yaml",
        snakefile="results/run/workflow/Snakefile",
        rules=[f"results/run/workflow/rules/{path.name}" for path in RULE_FILES],
    log:
        "results/run/logs/record_origin.log",
    conda:
        "../envs/echogls.yml"
    params:
        revision=code_revision,
        seeds=seeds(config),
        library=digest("record_origin"),
    script:
        "../scripts/record_origin.py"


rule record_inputs:
    input:
        recordings=recorded_recordings,
        sheets=sheet_files,
        networks=network_files,
    output:
        "results/run/inputs.tsv",
    log:
        "results/run/logs/record_inputs.log",
    conda:
        "../envs/echogls.yml"
    params:
        sheets=sheets_of_study,
        networks=networks_of_study,
        library=digest("record_inputs"),
    script:
        "../scripts/record_inputs.py"


rule record_crate:
    input:
        files=described_files,
        rules=rules.record_origin.output.rules,
        snakefile=rules.record_origin.output.snakefile,
    output:
        "results/ro-crate-metadata.json",
    log:
        "results/run/logs/record_crate.log",
    conda:
        "../envs/echogls.yml"
    params:
        cohorts=simulated_cohorts(),
        library=digest("record_crate"),
    script:
        "../scripts/record_crate.py"
