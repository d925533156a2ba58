# What the training takes.


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
