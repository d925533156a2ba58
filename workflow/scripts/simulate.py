"""One simulated patient -> a folder of DICOM clips, readings and truth."""

from pathlib import Path

from echogls import logs
from echogls.simulation import patient

logs.start(snakemake.log[0])
patient.simulate_patient(
    Path(snakemake.output.clips).parent,
    cohort=snakemake.wildcards.cohort,
    patient=snakemake.wildcards.patient,
    settings=snakemake.params.settings,
)
