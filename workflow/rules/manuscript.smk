# What an author pastes into a paper, and what a reader checks: it computes nothing.


rule figures:
    input:
        unpack(true_motion_files),
        tables=lambda w: cohort_tables(w.cohort),
        curves=lambda w: of_patients(w.cohort, "strain/{method}.tsv", method=METHODS),
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
        "../../environment.yml"
    params:
        simulated=lambda w: is_simulated(w.cohort),
        methods=list(METHODS),
        patients=lambda w: list(patients(w.cohort)),
        library=digest("figures"),
    script:
        "../scripts/figures.py"


rule tables:
    input:
        cohorts=lambda w: [f for c in config["study"] for f in cohort_tables(c)],
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
        "../../environment.yml"
    params:
        cohorts=lambda w: {c: is_simulated(c) for c in config["study"]},
        methods=list(METHODS),
        confidence=config["agreement"]["confidence"],
        library=digest("tables"),
        texts=printed_texts(),
    script:
        "../scripts/tables.py"


rule manuscript:
    input:
        cohorts=lambda w: [f for c in config["study"] for f in cohort_tables(c)],
        figures=lambda w: expand("results/{cohort}/figures", cohort=config["study"]),
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
        "../../environment.yml"
    params:
        config=config,
        cohorts=lambda w: {c: is_simulated(c) for c in config["study"]},
        library=digest("manuscript"),
        texts=printed_texts(),
    script:
        "../scripts/manuscript.py"


rule report_page:
    input:
        cohorts=lambda w: [f for c in config["study"] for f in cohort_tables(c)],
        figures=lambda w: expand("results/{cohort}/figures", cohort=config["study"]),
        viewers=lambda w: [
            f
            for c in config["study"]
            for f in of_patients(c, "strain/{method}.viewer.json", method=first_method())
        ],
        bullseyes=lambda w: [f for c in config["study"] for f in bullseye_pictures(c)],
        models=MODELS / "models.yaml",
        versions="results/run/versions.tsv",
    output:
        "results/report.html",
    log:
        "results/logs/report_page.log",
    conda:
        "../../environment.yml"
    params:
        config=config,
        cohorts=lambda w: {c: is_simulated(c) for c in config["study"]},
        patients=lambda w: {c: list(patients(c)) for c in config["study"]},
        library=digest("report_page"),
        texts=printed_texts(),
    script:
        "../scripts/report_page.py"
