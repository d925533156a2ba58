# What `snakemake` finds here. The workflow itself is where modules from the web look for it.
include: "workflow/Snakefile"


# An included file has no default target.
rule all:
    default_target: True
    input:
        rules.study.input,
