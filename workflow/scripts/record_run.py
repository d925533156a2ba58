"""The merged config (without salts and paths of recordings), versions, digests -> results/run/."""

import platform
from importlib import metadata

import yaml

from echogls import configuration, logs, tables

logs.start(snakemake.log[0])
config = configuration.public_config(snakemake.params.config)
with open(snakemake.output.config, "w", encoding="utf-8") as stream:
    yaml.safe_dump(config, stream, sort_keys=False)
names = sorted({dist.metadata["Name"].lower() for dist in metadata.distributions()})
rows = [{"name": "python", "version": platform.python_version()}]
rows += [{"name": name, "version": metadata.version(name)} for name in names]
with open(snakemake.input.models, encoding="utf-8") as stream:
    models = yaml.safe_load(stream)
rows += [{"name": f"model {name}", "version": m["sha256"]} for name, m in models.items()]
tables.write_table(snakemake.output.versions, rows, ("name", "version"))
