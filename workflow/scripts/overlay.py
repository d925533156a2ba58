"""A patient's measurement by one method, drawn: moving overlay, still, strain curve, and what
the report plays."""

from echogls import cine, fusion, logs, tables
from echogls.manuscript import evidence, patient, viewer
from echogls.segmentation.clip import load_segmentations
from echogls.simulation.stored_truth import true_lines

logs.start(snakemake.log[0])
names, inputs, output = snakemake.wildcards, snakemake.input, snakemake.output
walls = load_segmentations(inputs.segmentation, masks=False)
measured = {
    "views": tables.read_table(inputs.views),
    "measurements": tables.read_table(inputs.measurements),
    "curve": tables.read_table(inputs.curve),
    "cines": cine.load_cines(inputs.cines, walls),
    "walls": walls,
    "fused": fusion.load_fused(inputs.fused),
}
cohort = evidence.cohort_label(names.cohort, snakemake.params.simulated)
patient.draw_patient(
    **measured,
    title=f"{cohort}, {names.patient}, {names.method}",
    movie=output.movie,
    still=output.still,
    plot=output.plot,
)
played = viewer.viewer_data(**measured, truth=true_lines(inputs.get("truth")))
viewer.save_viewer(output.viewer, played)
