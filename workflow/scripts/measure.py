"""Outlines and motion of a patient -> by each method the fused path of every point, the strain
curve, rows of measurements.tsv, and rows of quality.tsv with what of them cannot be believed."""

from echogls import cine, fusion, logs, motion, study, tables
from echogls.segmentation.clip import load_outlines
from echogls.segmentation.quality import TABLE_COLUMNS
from echogls.strain import cycle
from echogls.strain.measure import curve_columns
from echogls.strain.method import measure_by_method

logs.start(snakemake.log[0])
inputs, output, params = snakemake.input, snakemake.output, snakemake.params
walls = load_outlines(params.networks, inputs.segmentations)
tracked = dict(zip(map(tuple, params.motions), inputs.tracks, strict=True))
patient = {
    "wanted": params.wanted,
    "clips": tables.read_table(inputs.clips),
    "views": tables.read_table(inputs.views),
    "cines": cine.load_cines(inputs.cines, images=False),
    "min_plausible": params.min_plausible,
    "marks": {clip: cycle.Marks(*frames) for clip, frames in params.marks.items()},
    "options_of_stills": params.options_of_stills,
}
owner = {"cohort": snakemake.wildcards.cohort, "patient": snakemake.wildcards.patient}
for place, (method, parts) in enumerate(params.methods.items()):
    network = parts["segmentation"]
    path = tracked.get((parts["motion"], network))
    measured = measure_by_method(
        parts,
        walls=walls[network],
        tracks=motion.load_tracks(path) if path else {},
        **patient,
        **params.settings,
    )
    rows = [owner | {"rater": method} | row for row in measured.rows]
    named = owner | {"segmentation": network, "method": method}
    quality = [named | row for row in measured.quality]
    fusion.save_fused(output.fused[place], measured.fused)
    tables.write_table(output.curve[place], measured.curve, curve_columns(params.wanted))
    tables.write_table(output.measurements[place], rows, study.MEASUREMENT_COLUMNS)
    tables.write_table(output.quality[place], quality, TABLE_COLUMNS)
