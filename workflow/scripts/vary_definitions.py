"""A patient's fused walls -> GLS by every method under every combination of strain definitions."""

from echogls import cine, fusion, logs, tables
from echogls.segmentation.clip import load_outlines
from echogls.strain import cycle, definitions

logs.start(snakemake.log[0])
inputs, params = snakemake.input, snakemake.params
rows = definitions.vary_by_method(
    methods=params.methods,
    quality=dict(zip(params.networks, map(tables.read_table, inputs.qualities), strict=True)),
    walls=load_outlines(params.networks, inputs.segmentations),
    fused=dict(zip(params.methods, map(fusion.load_fused, inputs.fused), strict=True)),
    settings=params.settings,
    wanted=params.wanted,
    clips=tables.read_table(inputs.clips),
    views=tables.read_table(inputs.views),
    cines=cine.load_cines(inputs.cines, images=False),
    min_plausible=params.min_plausible,
    marks={clip: cycle.Marks(*frames) for clip, frames in params.marks.items()},
)
tables.write_table(snakemake.output[0], rows, definitions.METHOD_COLUMNS)
