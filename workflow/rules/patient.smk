# The road of one patient: view -> wall -> motion -> fusion -> strain. One job a stage.
# Resources, for a cluster's scheduler (MB, minutes): docs/cluster.md says what they were measured on.


rule classify_view:
    input:
        clips="results/{cohort}/patients/{patient}/clips.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
        models=MODELS / "models.yaml",
        graphs=[graph(config["classify_view"][key]) for key in ("network", "segmentation")],
    output:
        views="results/{cohort}/patients/{patient}/views.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/classify_view.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/classify_view.tsv"
    conda:
        "../envs/echogls.yml"
    threads: threads_within(2)
    resources:
        mem_mb=doubling(1000),
        runtime=1,
    params:
        wanted=of_cohort("views"),
        settings=config["classify_view"],
        overrides=clip_overrides,
        trust_stated=trusts_stated_views,
        repeats=lambda w: config["cohorts"][w.cohort]["repeats"],
        library=digest("classify_view"),
    script:
        "../scripts/classify_view.py"


rule segment:
    input:
        unpack(outline_files),
        cines="results/{cohort}/patients/{patient}/cines.npz",
        views="results/{cohort}/patients/{patient}/views.tsv",
        models=MODELS / "models.yaml",
        graph=segmentation_graph,
    output:
        segmentation="results/{cohort}/patients/{patient}/segmentation{network}.npz",
        quality="results/{cohort}/patients/{patient}/quality{network}.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/segment{network}.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/segment{network}.tsv"
    conda:
        "../envs/echogls.yml"
    threads: threads_within(config["segment"]["threads"])
    resources:
        mem_mb=doubling(1000),
        runtime=1,
    params:
        network=network_name,
        drawn=drawn_outlines,
        library=digest("segment"),
    script:
        "../scripts/segment.py"


rule track:
    input:
        unpack(motion_graph),
        cines="results/{cohort}/patients/{patient}/cines.npz",
        segmentation="results/{cohort}/patients/{patient}/segmentation{network}.npz",
    output:
        tracks="results/{cohort}/patients/{patient}/motion/{motion}{network}.npz",
    log:
        "results/{cohort}/patients/{patient}/logs/track.{motion}{network}.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/track.{motion}{network}.tsv"
    conda:
        "../envs/echogls.yml"
    threads: threads_within(2)
    resources:
        mem_mb=doubling(2000),
        runtime=3,
    params:
        settings=track_settings,
        library=track_digest,
    script:
        "../scripts/track.py"


rule fuse:
    input:
        unpack(fuse_inputs),
    output:
        fused="results/{cohort}/patients/{patient}/fused/{method}.npz",
    log:
        "results/{cohort}/patients/{patient}/logs/fuse.{method}.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/fuse.{method}.tsv"
    conda:
        "../envs/echogls.yml"
    resources:
        mem_mb=doubling(500),
        runtime=1,
    params:
        fusion=of_method("fusion"),
        options=of_method("options"),
        options_of_stills=config["fuse"]["options"].get("none", {}),
        library=fuse_digest,
    script:
        "../scripts/fuse.py"


rule strain:
    input:
        views="results/{cohort}/patients/{patient}/views.tsv",
        clips="results/{cohort}/patients/{patient}/clips.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
        segmentation=method_segmentation,
        fused="results/{cohort}/patients/{patient}/fused/{method}.npz",
    output:
        curve="results/{cohort}/patients/{patient}/strain/{method}.tsv",
        measurements="results/{cohort}/patients/{patient}/strain/{method}.measurements.tsv",
        quality="results/{cohort}/patients/{patient}/strain/{method}.quality.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/strain.{method}.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/strain.{method}.tsv"
    conda:
        "../envs/echogls.yml"
    resources:
        mem_mb=doubling(500),
        runtime=1,
    params:
        wanted=of_cohort("views"),
        settings=config["strain"],
        segmentation=of_method("segmentation"),
        min_plausible=config["segment"]["min_plausible"],
        marks=frame_marks,
        library=digest("strain"),
    script:
        "../scripts/strain.py"


rule vary_definitions:
    input:
        unpack(method_files),
        views="results/{cohort}/patients/{patient}/views.tsv",
        clips="results/{cohort}/patients/{patient}/clips.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
        qualities=[
            f"results/{{cohort}}/patients/{{patient}}/quality{network_suffix(network)}.tsv"
            for network in segmentation_networks()
        ],
    output:
        "results/{cohort}/patients/{patient}/definitions.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/vary_definitions.log",
    conda:
        "../envs/echogls.yml"
    resources:
        mem_mb=doubling(500),
        runtime=1,
    params:
        methods=METHODS,
        networks=segmentation_networks(),
        wanted=of_cohort("views"),
        settings=config["strain"],
        min_plausible=config["segment"]["min_plausible"],
        marks=frame_marks,
        library=digest("vary_definitions"),
    script:
        "../scripts/vary_definitions.py"


rule bullseye:
    input:
        "results/{cohort}/patients/{patient}/strain/{method}.measurements.tsv",
    output:
        report(
            "results/{cohort}/patients/{patient}/strain/{method}.bullseye.svg",
            caption="../report/bullseye.rst",
            category="{cohort}",
            subcategory="patients",
            labels={"patient": "{patient}", "shows": "bull's-eye, {method}"},
        ),
    log:
        "results/{cohort}/patients/{patient}/logs/bullseye.{method}.log",
    conda:
        "../envs/echogls.yml"
    resources:
        mem_mb=doubling(500),
        runtime=1,
    params:
        wanted=of_cohort("views"),
        options=bullseye_options(),
        library=digest("bullseye"),
    script:
        "../scripts/bullseye.py"


# Snakemake's own report shows the study's first method; the page report.html does, too.
rule overlay:
    input:
        unpack(true_motion_file),
        views="results/{cohort}/patients/{patient}/views.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
        segmentation=method_segmentation,
        fused="results/{cohort}/patients/{patient}/fused/{method}.npz",
        curve="results/{cohort}/patients/{patient}/strain/{method}.tsv",
        measurements="results/{cohort}/patients/{patient}/strain/{method}.measurements.tsv",
    output:
        movie=report(
            "results/{cohort}/patients/{patient}/strain/{method}.overlay.webp",
            caption="../report/overlay.rst",
            category="{cohort}",
            subcategory="patients",
            labels={"patient": "{patient}", "shows": "tracked wall, moving"},
        ),
        still="results/{cohort}/patients/{patient}/strain/{method}.overlay.png",
        plot=report(
            "results/{cohort}/patients/{patient}/strain/{method}.curve.svg",
            caption="../report/curve.rst",
            category="{cohort}",
            subcategory="patients",
            labels={"patient": "{patient}", "shows": "strain curve"},
        ),
        viewer="results/{cohort}/patients/{patient}/strain/{method}.viewer.json",
    log:
        "results/{cohort}/patients/{patient}/logs/overlay.{method}.log",
    wildcard_constraints:
        method=first_method(),
    conda:
        "../envs/echogls.yml"
    resources:
        mem_mb=doubling(1000),
        runtime=1,
    params:
        simulated=simulated,
        library=digest("overlay"),
    script:
        "../scripts/overlay.py"


use rule overlay as overlay_of_further_methods with:
    output:
        movie="results/{cohort}/patients/{patient}/strain/{method}.overlay.webp",
        still="results/{cohort}/patients/{patient}/strain/{method}.overlay.png",
        plot="results/{cohort}/patients/{patient}/strain/{method}.curve.svg",
        viewer="results/{cohort}/patients/{patient}/strain/{method}.viewer.json",
    wildcard_constraints:
        method=further_methods(),
