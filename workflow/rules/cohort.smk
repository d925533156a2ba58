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
    params:
        format=lambda w: config["cohorts"][w.cohort]["format"],
        path=patient_paths,
        braced=braced_files,
        settings=lambda w: config["ingest"] | {"views": config["cohorts"][w.cohort]["views"]},
        overrides=lambda w: {
            key: patient_row(w)[key]
            for key in ("view", "fps", "spacing_mm")
            if patient_row(w).get(key)
        },
        library=lambda w: digest(
            "ingest", f"echogls.cohorts.{config['cohorts'][w.cohort]['format']}"
        ),
    script:
        "../scripts/ingest.py"
