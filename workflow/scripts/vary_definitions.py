"""A patient's fused walls -> GLS by every method under every combination of strain definitions."""

from echogls import cine, fusion, logs, tables
from echogls.segmentation.clip import load_segmentations
from echogls.strain import definitions

logs.start(snakemake.log[0])
told, params = snakemake.input, snakemake.params
patient = {
    "settings": params.settings,
    "wanted": params.wanted,
    "clips": tables.read_table(told.clips),
    "views": tables.read_table(told.views),
    "cines": cine.load_cines(told.cines, images=False),
    "min_plausible": params.min_plausible,
}
outlines = {
    network: (load_segmentations(walls), tables.read_table(quality))
    for network, walls, quality in zip(
        params.networks, told.segmentations, told.qualities, strict=True
    )
}
rows = []
for (method, parts), file in zip(params.methods.items(), told.fused, strict=True):
    walls, quality = outlines[parts["segmentation"]]
    found = definitions.vary_definitions(
        walls=walls, quality=quality, fused=fusion.load_fused(file), **patient
    )
    rows += [{"method": method} | row for row in found]
tables.write_table(snakemake.output[0], rows, ("method", *definitions.COLUMNS))
