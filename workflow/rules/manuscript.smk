# What an author pastes into a paper, and what a reader checks: it computes nothing.


rule figures:
    input:
        unpack(true_motion_files),
        tables=tables_of_cohort,
        curves=each_patient("strain/{method}.tsv", method=METHODS),
    output:
        report(
            directory("results/{cohort}/figures"),
            patterns=["{figure}.svg"],
            caption="../report/figure.rst",
            category="{cohort}",
            subcategory="agreement",
            labels={"figure": "{figure}"},
        ),
    log:
        "results/{cohort}/logs/figures.log",
    conda:
        "../envs/echogls.yml"
    params:
        simulated=simulated,
        methods=list(METHODS),
        patients=names_of_patients,
        library=digest("figures"),
    script:
        "../scripts/figures.py"


rule tables:
    input:
        cohorts=tables_of_study,
        models=MODELS / "models.yaml",
    output:
        expand(
            "results/manuscript/table{number}.{suffix}",
            number=range(1, 8),
            suffix=["tsv", "md", "tex", "docx"],
        ),
        workbook="results/manuscript/tables.xlsx",
        numbers="results/manuscript/numbers.yaml",
    log:
        "results/manuscript/logs/tables.log",
    conda:
        "../envs/echogls.yml"
    params:
        cohorts=simulated_cohorts(),
        methods=list(METHODS),
        confidence=config["agreement"]["confidence"],
        library=digest("tables"),
        texts=printed_texts(),
    script:
        "../scripts/tables.py"


rule manuscript:
    input:
        cohorts=tables_of_study,
        figures=expand("results/{cohort}/figures", cohort=config["study"]),
        models=MODELS / "models.yaml",
    output:
        source="results/manuscript/manuscript.typ",
        pdf="results/manuscript/manuscript.pdf",
        figures="results/manuscript/figures.tsv",
        checklists="results/manuscript/checklists.tsv",
        references="results/manuscript/references.bib",
    log:
        "results/manuscript/logs/manuscript.log",
    conda:
        "../envs/echogls.yml"
    params:
        config=ShortlyShown(config),
        cohorts=simulated_cohorts(),
        library=digest("manuscript"),
        texts=printed_texts(),
    script:
        "../scripts/manuscript.py"


rule report_page:
    input:
        cohorts=tables_of_study,
        figures=expand("results/{cohort}/figures", cohort=config["study"]),
        viewers=viewers_of_study,
        bullseyes=bullseyes_of_study,
        models=MODELS / "models.yaml",
        versions="results/run/versions.tsv",
    output:
        "results/report.html",
    log:
        "results/logs/report_page.log",
    conda:
        "../envs/echogls.yml"
    params:
        config=ShortlyShown(config),
        cohorts=simulated_cohorts(),
        patients=patients_of_study,
        library=digest("report_page"),
        texts=printed_texts(),
    script:
        "../scripts/report_page.py"
