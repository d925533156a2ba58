"""A patient's measurement by one method, for eyes: moving overlay, still, strain curve."""

from echogls import cine, fusion, logs, tables
from echogls.manuscript import patient
from echogls.segmentation.clip import load_segmentations

logs.start(snakemake.log[0])
walls = load_segmentations(snakemake.input.segmentation, masks=False)
names = snakemake.wildcards
cohort = names.cohort
if snakemake.params.simulated and "simulated" not in cohort:
    cohort = f"{cohort} (simulated)"
patient.draw_patient(
    title=f"{cohort}, {names.patient}, {names.method}",
    views=tables.read_table(snakemake.input.views),
    measurements=tables.read_table(snakemake.input.measurements),
    curve=tables.read_table(snakemake.input.curve),
    cines=cine.load_cines(snakemake.input.cines, walls),
    walls=walls,
    fused=fusion.load_fused(snakemake.input.fused),
    movie=snakemake.output.movie,
    still=snakemake.output.still,
    plot=snakemake.output.plot,
)
