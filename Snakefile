# What `snakemake` finds here. The workflow itself is where modules from the web look for it.
include: "workflow/Snakefile"
