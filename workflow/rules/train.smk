# Train the segmentation networks on CAMUS; export, measure and describe them.


rule train_segmentation:
    input:
        unpack(first_weights),
        camus=camus_folder,
    output:
        evaluation="results/training/{network}/evaluation.tsv",
        graph="results/training/{network}/{network}.tflite",
        weights="results/training/{network}/{network}.weights.h5",
        entry="results/training/{network}/entry.yaml",
    log:
        "results/training/{network}/train.log",
    wildcard_constraints:
        network=r"[a-z0-9_]+",
    conda:
        "../../environment.yml"
    threads: 2
    params:
        train=config["train"],
        library=digest("train_segmentation"),
    script:
        "../scripts/train_segmentation.py"
