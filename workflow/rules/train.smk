# Train the segmentation networks on CAMUS; export, measure and describe them.


def camus_folder(wildcards):
    folder = config["train"]["camus"]
    if not Path(folder or "missing").is_dir():
        raise WorkflowError(
            f"train.camus: '{folder}' is no folder; give the folder of CAMUS patients, "
            "for example: snakemake --cores 2 train --config train='{camus: path/to/camus}'"
        )
    return folder


def teacher_weights(wildcards):
    """The paper's network teaches the faster one."""
    if wildcards.network == "unet":
        return {}
    return {"teacher": "results/training/unet/unet.weights.h5"}


rule train_segmentation:
    input:
        unpack(teacher_weights),
        camus=camus_folder,
    output:
        evaluation="results/training/{network}/evaluation.tsv",
        graph="results/training/{network}/{network}.tflite",
        weights="results/training/{network}/{network}.weights.h5",
        entry="results/training/{network}/entry.yaml",
    wildcard_constraints:
        network=r"[a-z0-9_]+",
    params:
        train=config["train"],
        library=digest("train_segmentation"),
    log:
        "results/training/{network}/train.log",
    threads: 2
    script:
        "../scripts/train_segmentation.py"
