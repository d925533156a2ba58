"""A patient's measurements, drawn, by each method: moving overlay, still, strain curve; and what
the report plays of the first."""

from echogls import cine, fusion, logs, tables
from echogls.manuscript import evidence, patient, viewer
from echogls.segmentation.clip import load_outlines
from echogls.simulation.stored_truth import true_lines

logs.start(snakemake.log[0])
names, inputs, output = snakemake.wildcards, snakemake.input, snakemake.output
walls = load_outlines(snakemake.params.networks, inputs.segmentations)
cohort = evidence.cohort_label(names.cohort, snakemake.params.simulated)
cines = cine.load_cines(inputs.cines)
views, truth = tables.read_table(inputs.views), true_lines(inputs.get("truth"))
for place, (method, parts) in enumerate(snakemake.params.methods.items()):
    measured = {
        "views": views,
        "measurements": tables.read_table(inputs.measurements[place]),
        "curve": tables.read_table(inputs.curve[place]),
        "cines": cines,
        "walls": walls[parts["segmentation"]],
        "fused": fusion.load_fused(inputs.fused[place]),
    }
    patient.draw_patient(
        **measured,
        title=f"{cohort}, {names.patient}, {method}",
        movie=output.movie[place],
        still=output.still[place],
        plot=output.plot[place],
    )
    if not place:
        viewer.save_viewer(output.viewer, viewer.viewer_data(**measured, truth=truth))
