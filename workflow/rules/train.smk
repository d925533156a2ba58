# Train the networks; export, measure and describe them.


def camus_folder(wildcards):
    folder = config["train"]["camus"]
    if not Path(folder or "missing").is_dir():
        raise WorkflowError(
            f"train.camus: '{folder}' is no folder; give the folder of CAMUS patients, "
            "for example: snakemake --cores 2 train --config train='{camus: path/to/camus}'"
        )
    return folder


def segmentation_data(wildcards):
    """CAMUS, images of one's own, or both."""
    own = config["train"]["data"]
    folders = [entry if isinstance(entry, str) else entry["folder"] for entry in own]
    camus = {"camus": camus_folder(wildcards)} if config["train"]["camus"] or not own else {}
    for folder in folders:
        if not Path(folder).is_dir():
            raise WorkflowError(f"train.data: '{folder}' is no folder; give images and masks")
    return camus | {"own": folders}


def first_weights(wildcards):
    """The config's; else the paper's network starts from the faster one: the same layers on fewer
    pixels."""
    if start := config["train"]["start"][wildcards.network]:
        return {"start": start}
    if wildcards.network == "unet":
        return {"start": "results/training/fast/fast.weights.h5"}
    return {}


SHARD_PAIRS = 400  # pairs a file


def real_texture(wildcards):
    """CAMUS, for pairs of real texture; simulated ones need nothing."""
    return {"camus": camus_folder(wildcards)} if wildcards.kind == "real_texture" else {}


def flow_shards(wildcards):
    """Files of ultrasound pairs by kind; real texture only where CAMUS is at hand."""
    kinds = ["simulated", *(["real_texture"] if config["train"]["camus"] else [])]
    folder = "results/training/flow/pairs"
    count = -(-config["train_flow"]["pairs"] // SHARD_PAIRS)
    return {kind: [f"{folder}/{kind}_{k}.npz" for k in range(count)] for kind in kinds}


# Segmentation, on CAMUS and simulated images.
rule train_segmentation:
    input:
        unpack(first_weights),
        unpack(segmentation_data),
    output:
        evaluation="results/training/{network}/evaluation.tsv",
        graph="results/training/{network}/{network}.tflite",
        weights="results/training/{network}/{network}.weights.h5",
        entry="results/training/{network}/entry.yaml",
    log:
        "results/training/{network}/train.log",
    wildcard_constraints:
        network="unet|fast",
    conda:
        "../envs/echogls.yml"
    threads: 2
    params:
        train=config["train"],
        library=digest("train_segmentation"),
    script:
        "../scripts/train_segmentation.py"


# The view classifier, on simulated views, CAMUS and its images re-arranged.
rule train_views:
    input:
        camus=camus_folder,
    output:
        evaluation="results/training/views/evaluation.tsv",
        reliability="results/training/views/reliability.tsv",
        figure="results/training/views/quality.svg",
        graph="results/training/views/views.tflite",
        weights="results/training/views/views.weights.h5",
        entry="results/training/views/entry.yaml",
    log:
        "results/training/views/train.log",
    conda:
        "../envs/echogls.yml"
    threads: 2
    params:
        train=config["train"],
        library=digest("train_views"),
    script:
        "../scripts/train_views.py"


# Learned motion: pairs with known motion, made once, then the networks on them.


rule flow_pairs:
    input:
        unpack(real_texture),
    output:
        "results/training/flow/pairs/{kind}_{number}.npz",
    log:
        "results/training/flow/pairs/{kind}_{number}.log",
    wildcard_constraints:
        kind="simulated|real_texture",
        number=r"[0-9]+",
    conda:
        "../envs/echogls.yml"
    params:
        seed=config["train_flow"]["seed"],
        pairs=SHARD_PAIRS,
        frames_per_s=config["train_flow"]["frames_per_s"],
        library=digest("flow_pairs"),
    script:
        "../scripts/flow_pairs.py"


rule train_flow_network:
    input:
        unpack(flow_shards),
    output:
        evaluation="results/training/flow/{network}/evaluation.tsv",
        curve="results/training/flow/{network}/learning_curve.svg",
        graph="results/training/flow/{network}/{network}.tflite",
        entry="results/training/flow/{network}/{network}.entry.yaml",
    log:
        "results/training/flow/{network}/train.log",
    wildcard_constraints:
        network="refiner|flownet2",
    conda:
        "../envs/echogls.yml"
    threads: 2
    params:
        settings=config["train_flow"],
        library=digest("train_flow_network"),
    script:
        "../scripts/train_flow_network.py"
