# A cohort's source -> clips.tsv, cines.npz and digests of the files, one job a patient.


rule ingest:
    input:
        made_recordings,
    output:
        clips="results/{cohort}/patients/{patient}/clips.tsv",
        cines=stage("results/{cohort}/patients/{patient}/cines.npz"),
        inputs="results/{cohort}/patients/{patient}/inputs.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/ingest.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/ingest.tsv"
    conda:
        "../envs/echogls.yml"
    resources:
        # 300 megapixels of a clip are kept (cohorts/_grid.py); one of 60 frames takes 230 MB
        mem_mb=doubling(1500),
        runtime=1,
    params:
        format=of_cohort("format"),
        path=patient_paths,
        files=recorded_files,
        settings=ingest_settings,
        overrides=sheet_overrides,
        library=ingest_digest,
    script:
        "../scripts/ingest.py"
