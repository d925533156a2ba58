"""A patient's fused wall -> GLS under every combination of strain definitions."""

from echogls import cine, fusion, logs, tables
from echogls.segmentation.clip import load_segmentations
from echogls.strain import definitions

logs.start(snakemake.log[0])
rows = definitions.vary_definitions(
    settings=snakemake.params.settings,
    quality=tables.read_table(snakemake.input.quality),
    wanted=snakemake.params.wanted,
    clips=tables.read_table(snakemake.input.clips),
    views=tables.read_table(snakemake.input.views),
    cines=cine.load_cines(snakemake.input.cines, images=False),
    walls=load_segmentations(snakemake.input.segmentation),
    fused=fusion.load_fused(snakemake.input.fused),
    min_plausible=snakemake.params.min_plausible,
)
tables.write_table(snakemake.output[0], rows, definitions.COLUMNS)
