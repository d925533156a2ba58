from snakemake.utils import min_version

min_version("9.0")


configfile: "config/config.yaml"


# in the order of the data
include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/simulate.smk"
include: "workflow/rules/cohort.smk"
include: "workflow/rules/patient.smk"
include: "workflow/rules/collect.smk"
include: "workflow/rules/agreement.smk"
include: "workflow/rules/manuscript.smk"
include: "workflow/rules/train.smk"


rule study:
    default_target: True
    input:
        study_results(),
        "results/run/config.yaml",
        "results/run/versions.tsv",


rule train:
    input:
        expand("results/training/{network}/evaluation.tsv", network=config["train"]["networks"]),


rule train_flow:
    input:
        expand(
            "results/training/flow/{network}/evaluation.tsv",
            network=config["train_flow"]["networks"],
        ),


# Snakemake 9 limits how many jobs start in a second by a timer that each job leaves behind and
# that wakes the scheduler every second from then on: after 400 short jobs it does little else.
# On one machine there is nothing to limit.
onstart:
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


onerror:
    if said := lack_of_room(Path(".")):
        print(said)


onsuccess:
    if any(Path("results").glob("*/measurements.tsv")):
        print("\n".join([*summary_lines(Path("results")), *unlisted_lines(config)]))
