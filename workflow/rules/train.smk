# Train the networks; export, measure and describe them.


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
