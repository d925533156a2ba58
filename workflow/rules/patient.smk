# The road of one patient: view -> wall -> motion -> fusion and strain. One job a stage; what takes
# less time than a process of its own is one job of all methods.
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
        tracks=stage("results/{cohort}/patients/{patient}/motion/{motion}{network}.npz"),
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


rule measure:
    input:
        views="results/{cohort}/patients/{patient}/views.tsv",
        clips="results/{cohort}/patients/{patient}/clips.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
        segmentations=of_networks("segmentation{network}.npz"),
        tracks=of_motions("motion/{motion}{network}.npz"),
    output:
        fused=of_methods("fused/{method}.npz"),
        curve=of_methods("strain/{method}.tsv"),
        measurements=of_methods("strain/{method}.measurements.tsv"),
        quality=of_methods("strain/{method}.quality.tsv"),
    log:
        "results/{cohort}/patients/{patient}/logs/measure.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/measure.tsv"
    conda:
        "../envs/echogls.yml"
    resources:
        mem_mb=doubling(500),
        runtime=3,
    params:
        methods=METHODS,
        networks=segmentation_networks(),
        motions=motions(),
        options_of_stills=config["fuse"]["options"].get("none", {}),
        wanted=of_cohort("views"),
        settings=config["strain"],
        min_plausible=config["segment"]["min_plausible"],
        marks=frame_marks,
        library=digest_with_fusions("measure"),
    script:
        "../scripts/measure.py"


rule vary_definitions:
    input:
        views="results/{cohort}/patients/{patient}/views.tsv",
        clips="results/{cohort}/patients/{patient}/clips.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
        segmentations=of_networks("segmentation{network}.npz"),
        qualities=of_networks("quality{network}.tsv"),
        fused=of_methods("fused/{method}.npz"),
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
        of_methods("strain/{method}.measurements.tsv"),
    output:
        [
            in_report(picture, "bullseye", f"bull's-eye, {method}")
            for method, picture in zip(METHODS, of_methods("strain/{method}.bullseye.svg"))
        ],
    log:
        "results/{cohort}/patients/{patient}/logs/bullseye.log",
    conda:
        "../envs/echogls.yml"
    resources:
        mem_mb=doubling(500),
        runtime=1,
    params:
        methods=list(METHODS),
        wanted=of_cohort("views"),
        options=bullseye_options(),
        library=digest("bullseye"),
    script:
        "../scripts/bullseye.py"


# The page report.html plays the study's first method, and Snakemake's own report shows it.
rule overlay:
    input:
        unpack(true_motion_file),
        views="results/{cohort}/patients/{patient}/views.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
        segmentations=of_networks("segmentation{network}.npz"),
        fused=of_methods("fused/{method}.npz"),
        curve=of_methods("strain/{method}.tsv"),
        measurements=of_methods("strain/{method}.measurements.tsv"),
    output:
        movie=first_in_report(
            of_methods("strain/{method}.overlay.webp"), "overlay", "tracked wall, moving"
        ),
        still=of_methods("strain/{method}.overlay.png"),
        plot=first_in_report(of_methods("strain/{method}.curve.svg"), "curve", "strain curve"),
        viewer=of_methods("strain/{method}.viewer.json")[0],
    log:
        "results/{cohort}/patients/{patient}/logs/overlay.log",
    conda:
        "../envs/echogls.yml"
    resources:
        mem_mb=doubling(1000),
        runtime=1,
    params:
        methods=METHODS,
        networks=segmentation_networks(),
        simulated=simulated,
        library=digest("overlay"),
    script:
        "../scripts/overlay.py"
