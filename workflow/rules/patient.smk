# The road of one patient: view -> wall -> motion -> fusion -> strain. One job a stage.


rule classify_view:
    input:
        clips="results/{cohort}/patients/{patient}/clips.tsv",
    output:
        views="results/{cohort}/patients/{patient}/views.tsv",
    params:
        wanted=lambda w: config["cohorts"][w.cohort]["views"],
        library=digest("classify_view"),
    log:
        "results/{cohort}/patients/{patient}/logs/classify_view.log",
    script:
        "../scripts/classify_view.py"


rule segment:
    input:
        cines="results/{cohort}/patients/{patient}/cines.npz",
        views="results/{cohort}/patients/{patient}/views.tsv",
        models=MODELS / "models.yaml",
        graph=lambda w: MODELS / f"{network_name(w)}.tflite",
    output:
        segmentation="results/{cohort}/patients/{patient}/segmentation{network}.npz",
        quality="results/{cohort}/patients/{patient}/quality{network}.tsv",
    params:
        network=network_name,
        library=digest("segment"),
    log:
        "results/{cohort}/patients/{patient}/logs/segment{network}.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/segment{network}.tsv"
    threads: config["segment"]["threads"]
    script:
        "../scripts/segment.py"


rule track:
    input:
        cines="results/{cohort}/patients/{patient}/cines.npz",
        segmentation="results/{cohort}/patients/{patient}/segmentation{network}.npz",
    output:
        tracks="results/{cohort}/patients/{patient}/motion/{motion}{network}.npz",
    params:
        settings=config["track"],
        library=lambda w: digest("track", f"echogls.motion.{w.motion}"),
    log:
        "results/{cohort}/patients/{patient}/logs/track.{motion}{network}.log",
    benchmark:
        "results/{cohort}/patients/{patient}/benchmarks/track.{motion}{network}.tsv"
    threads: 2
    script:
        "../scripts/track.py"


def fuse_inputs(wildcards):
    folder = f"results/{wildcards.cohort}/patients/{wildcards.patient}"
    suffix = network_suffix(wildcards.method)
    motion = METHODS[wildcards.method]["motion"]
    files = {
        "cines": f"{folder}/cines.npz",
        "segmentation": f"{folder}/segmentation{suffix}.npz",
    }
    if motion != "none":
        files["tracks"] = f"{folder}/motion/{motion}{suffix}.npz"
    return files


rule fuse:
    input:
        unpack(fuse_inputs),
    output:
        fused="results/{cohort}/patients/{patient}/fused/{method}.npz",
    params:
        fusion=lambda w: METHODS[w.method]["fusion"],
        settings=config["fuse"],
        library=lambda w: digest("fuse", f"echogls.fusion.{METHODS[w.method]['fusion']}"),
    log:
        "results/{cohort}/patients/{patient}/logs/fuse.{method}.log",
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
    params:
        wanted=lambda w: config["cohorts"][w.cohort]["views"],
        settings=config["strain"],
        min_plausible=config["segment"]["min_plausible"],
        library=digest("strain"),
    log:
        "results/{cohort}/patients/{patient}/logs/strain.{method}.log",
    script:
        "../scripts/strain.py"


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
    params:
        library=digest("overlay"),
    log:
        "results/{cohort}/patients/{patient}/logs/overlay.{method}.log",
    script:
        "../scripts/overlay.py"
