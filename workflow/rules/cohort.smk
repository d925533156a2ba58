# A cohort's source -> clips.tsv and cines.npz, one job a patient.


rule ingest:
    input:
        source_files,
    output:
        clips="results/{cohort}/patients/{patient}/clips.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
    log:
        "results/{cohort}/patients/{patient}/logs/ingest.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/ingest.tsv"
    conda:
        "../envs/echogls.yml"
    resources:
        mem_mb=doubling(1500),
        runtime=1,
    params:
        format=lookup("cohorts/{cohort}/format", within=config),
        path=patient_paths,
        braced=braced_files,
        settings=ingest_settings,
        overrides=sheet_overrides,
        library=ingest_digest,
    script:
        "../scripts/ingest.py"
