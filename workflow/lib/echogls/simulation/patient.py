"""One simulated patient, as a folder that a scanner and two readers could have left.

| file | what |
|---|---|
| `clips/clip01.dcm` ... | a clip of each view that is measured among clips of other views |
| `clips/views.tsv` | file, view: what each clip shows |
| `readers.tsv` | what two readers and the truth say, as a researcher would bring it |
| `patient.tsv` | pathology and settings, the covariates of the patient |
| `truth.npz` | what is true of the four-chamber clip, see truth.true_geometry; of other apical
views that are measured the same arrays as `{view}/centreline_mm` ... |
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from echogls.simulation.anatomy import PATHOLOGIES, Heart, draw_heart, other_plane
from echogls.simulation.clip import SimulatedClip, simulate_clip
from echogls.simulation.dicom import write_dicom
from echogls.simulation.furniture import with_furniture
from echogls.simulation.patient_names import patient_names
from echogls.simulation.readings import published_readers, read_patient
from echogls.simulation.truth import save_truth, true_measures
from echogls.study import MEASURES, VIEWS, StudyError, nearest
from echogls.tables import write_table

# Config section `cohorts.*.simulation`; the values here are the defaults.
SETTINGS = {
    "patients": 21,  # as many as in Ostvik et al. 2018
    "seed": 2018,
    "gls_mean": -17.9,  # signed percent, as the paper's reference
    "gls_sd": 2.3,  # percentage points, too
    "pathology": "",  # a key of anatomy.PATHOLOGIES for all, or "" to draw one for each
    "distractors": 2,  # clips of other views in each patient's folder
    "vendor_offset": 0.0,  # percentage points added to what the readers say
    "proportional": 0.0,  # relative error of the readers that is the same in all patients
    "outlier_share": 0.02,  # of readings; by judgement
    "views": ("a4c",),  # that are measured: the cohort's own
}
VIEW = "a4c"
DISTRACTOR_FRAMES = 12  # of a clip of another view: few, to be made fast
READER_COLUMNS = ("patient", "reader", "repeat", "view", "segment", "measure", "value", "unit")
COVARIATES = ("patient", "simulated", "pathology", "fps", "depth_mm", "frequency_mhz", "storage")


def simulate_patient(
    folder: Path, *, cohort: str, patient: str, settings: Mapping[str, object]
) -> None:
    """Simulate one patient into a folder.

    Parameters
    ----------
    patient : one of `patient_names`; with the seed it fixes everything.
    settings : what differs from SETTINGS.
    """
    settings = {**SETTINGS, **settings}
    if settings["pathology"] and settings["pathology"] not in PATHOLOGIES:
        raise StudyError(
            f"cohort '{cohort}': simulation.pathology '{settings['pathology']}'"
            f"{nearest(settings['pathology'], PATHOLOGIES)}"
        )
    names = patient_names(int(settings["patients"]))
    rng = np.random.default_rng([int(settings["seed"]), names.index(patient)])
    heart = draw_heart(
        rng,
        gls_mean=settings["gls_mean"],
        gls_sd=settings["gls_sd"],
        pathology=settings["pathology"] or None,
    )
    hearts = {VIEW: heart}
    planes = np.random.default_rng([int(settings["seed"]), names.index(patient), 1])
    for view in settings["views"]:
        if view != VIEW:  # with draws of their own: the four-chamber clip stays the same
            hearts[view] = other_plane(planes, heart, view)
    others = [view for view in VIEWS if view not in hearts]
    count = min(int(settings["distractors"]), len(others))
    views = [*hearts, *rng.choice(others, count, replace=False)]
    order = rng.permutation(len(views))
    clips = folder / "clips"
    clips.mkdir(parents=True, exist_ok=True)
    listing, rows, truths = [], [], {}
    for number, index in enumerate(order, start=1):
        view = str(views[index])
        clip = _clip(rng, hearts.get(view, heart), view, whole=view in hearts)
        name = f"clip{number:02d}"
        stored, storage = _stored(rng, clip)
        write_dicom(
            clips / f"{name}.dcm", stored, clip, patient=patient, syntax=storage, number=number
        )
        listing.append({"file": f"{name}.dcm", "view": view})
        if view in hearts:
            truths[view] = clip
            rows += [{"view": view, **row} for row in _readers(rng, clip, view, settings)]
        if view == VIEW:
            covariates = _covariates(clip, patient, storage)
    write_table(clips / "views.tsv", listing, ("file", "view"))
    save_truth(folder / "truth.npz", {view: truths[view] for view in hearts})
    rows = [{"patient": patient, **row} for row in rows]
    write_table(folder / "readers.tsv", rows, READER_COLUMNS)
    write_table(folder / "patient.tsv", [covariates], COVARIATES)


def _clip(rng: np.random.Generator, heart: Heart, view: str, *, whole: bool) -> SimulatedClip:
    """A clip of whole beats to be measured, or a short one of a view that is not."""
    if whole:
        beats = rng.uniform(1.25, 1.35)  # the first R wave comes within 0.2 beats: one is whole
        return simulate_clip(rng, heart, view=view, fps=rng.uniform(40, 70), beats=beats)
    times = np.arange(DISTRACTOR_FRAMES) / rng.uniform(30, 50)
    return simulate_clip(rng, heart, view=view, times_s=times)


def _stored(rng: np.random.Generator, clip: SimulatedClip) -> tuple[np.ndarray, str]:
    """Frames as they are stored, and how."""
    if rng.random() < 0.5:
        return with_furniture(rng, clip), str(rng.choice(["jpeg", "rle", "jpeg"]))
    if rng.random() < 0.3:
        return np.repeat(clip.frames[..., None], 3, axis=-1), "jpeg"
    return clip.frames, str(rng.choice(["uncompressed", "rle", "jpeg"]))


def _readers(rng, clip, view, settings) -> list[dict]:
    rows = []
    true = true_measures(clip, view)
    for (segment, measure), value in true.items():
        row = {"segment": segment, "measure": measure, "unit": MEASURES[measure]}
        rows.append({"reader": "truth", "repeat": 1, "value": value, **row})
    readers = published_readers(
        vendor_offset=settings["vendor_offset"],
        proportional=settings["proportional"],
        outlier_share=settings["outlier_share"],
    )
    for reader, repeat, value in read_patient(rng, true["global", "gls"], readers):
        row = {"segment": "global", "measure": "gls", "unit": MEASURES["gls"]}
        rows.append({"reader": reader, "repeat": repeat, "value": value, **row})
    return rows


def _covariates(clip: SimulatedClip, patient: str, storage: str) -> dict:
    return {
        "patient": patient,
        "simulated": "yes",
        "pathology": clip.heart.pathology,
        "fps": round(1 / float(np.diff(clip.times_s).mean()), 2),
        "depth_mm": round(clip.probe.depth_mm, 1),
        "frequency_mhz": round(clip.probe.frequency_mhz, 2),
        "storage": storage,
    }
