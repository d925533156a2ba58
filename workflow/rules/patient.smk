# The road of one patient: view -> wall -> motion -> fusion -> strain. One job a stage.


rule classify_view:
    input:
        clips="results/{cohort}/patients/{patient}/clips.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
        models=MODELS / "models.yaml",
        graphs=[
            MODELS / f"{config['classify_view'][key]}.tflite"
            for key in ("network", "segmentation")
        ],
    output:
        views="results/{cohort}/patients/{patient}/views.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/classify_view.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/classify_view.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    params:
        wanted=lambda w: config["cohorts"][w.cohort]["views"],
        settings=config["classify_view"],
        overrides=clip_overrides,
        trust_stated=lambda w: config["cohorts"][w.cohort]["stated_views"] == "trust",
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
        graph=lambda w: MODELS / f"{network_name(w)}.tflite",
    output:
        segmentation="results/{cohort}/patients/{patient}/segmentation{network}.npz",
        quality="results/{cohort}/patients/{patient}/quality{network}.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/segment{network}.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/segment{network}.tsv"
    conda:
        "../../environment.yml"
    threads: config["segment"]["threads"]
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
        "../../environment.yml"
    threads: 2
    params:
        # Of an estimator its own options alone: those of another would track it anew.
        settings=lambda w: config["track"]
        | {"options": config["track"]["options"].get(w.motion, {})},
        library=lambda w: digest("track", f"echogls.motion.{w.motion}"),
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
        "../../environment.yml"
    params:
        fusion=lambda w: METHODS[w.method]["fusion"],
        options=lambda w: METHODS[w.method]["options"],
        options_of_stills=config["fuse"]["options"].get("none", {}),
        library=lambda w: digest("fuse", f"echogls.fusion.{METHODS[w.method]['fusion']}"),
    script:
        "../scripts/fuse.py"


rule strain:
    input:
        views="results/{cohort}/patients/{patient}/views.tsv",
        clips="results/{cohort}/patients/{patient}/clips.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
        segmentation=lambda w: fuse_inputs(w)["segmentation"],
        fused="results/{cohort}/patients/{patient}/fused/{method}.npz",
    output:
        curve="results/{cohort}/patients/{patient}/strain/{method}.tsv",
        measurements="results/{cohort}/patients/{patient}/strain/{method}.measurements.tsv",
    log:
        "results/{cohort}/patients/{patient}/logs/strain.{method}.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/strain.{method}.tsv"
    conda:
        "../../environment.yml"
    params:
        wanted=lambda w: config["cohorts"][w.cohort]["views"],
        settings=config["strain"],
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
        "../../environment.yml"
    params:
        methods=METHODS,
        networks=segmentation_networks(),
        wanted=lambda w: config["cohorts"][w.cohort]["views"],
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
            subcategory="{patient}",
            labels={"method": "{method}", "shows": "bull's-eye of the segments"},
        ),
    log:
        "results/{cohort}/patients/{patient}/logs/bullseye.{method}.log",
    conda:
        "../../environment.yml"
    params:
        wanted=lambda w: config["cohorts"][w.cohort]["views"],
        options=bullseye_options(),
        library=digest("bullseye"),
    script:
        "../scripts/bullseye.py"


rule overlay:
    input:
        views="results/{cohort}/patients/{patient}/views.tsv",
        cines="results/{cohort}/patients/{patient}/cines.npz",
        segmentation=lambda w: fuse_inputs(w)["segmentation"],
        fused="results/{cohort}/patients/{patient}/fused/{method}.npz",
        curve="results/{cohort}/patients/{patient}/strain/{method}.tsv",
        measurements="results/{cohort}/patients/{patient}/strain/{method}.measurements.tsv",
    output:
        movie=report(
            "results/{cohort}/patients/{patient}/strain/{method}.overlay.webp",
            caption="../report/overlay.rst",
            category="{cohort}",
            subcategory="{patient}",
            labels={"method": "{method}", "shows": "tracked centreline, moving"},
        ),
        still=report(
            "results/{cohort}/patients/{patient}/strain/{method}.overlay.png",
            caption="../report/overlay.rst",
            category="{cohort}",
            subcategory="{patient}",
            labels={"method": "{method}", "shows": "centreline at ED and ES"},
        ),
        plot=report(
            "results/{cohort}/patients/{patient}/strain/{method}.curve.svg",
            caption="../report/curve.rst",
            category="{cohort}",
            subcategory="{patient}",
            labels={"method": "{method}", "shows": "strain curve"},
        ),
    log:
        "results/{cohort}/patients/{patient}/logs/overlay.{method}.log",
    conda:
        "../../environment.yml"
    params:
        simulated=lambda w: is_simulated(w.cohort),
        library=digest("overlay"),
    script:
        "../scripts/overlay.py"
