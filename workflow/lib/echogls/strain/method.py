"""One method on one patient: outlines and motion -> paths, strain curve, measurements, doubts."""

from collections.abc import Mapping
from typing import NamedTuple

from echogls.cine import Cine
from echogls.fusion.fused import Fused
from echogls.fusion.patient import fuse_patient
from echogls.motion import Track
from echogls.segmentation.clip import Segmentation
from echogls.strain.patient import judged_rows, measure_patient


class Measured(NamedTuple):
    """What a method leaves of a patient.

    Attributes
    ----------
    fused : by clip, the path of every point.
    curve, rows : as `measure_patient` gives them.
    quality : what of the rows cannot be believed, as `judged_rows`.
    """

    fused: dict[str, Fused]
    curve: list[dict]
    rows: list[dict]
    quality: list[dict]


def measure_by_method(
    parts: Mapping[str, object],
    *,
    cines: Mapping[str, Cine],
    walls: Mapping[str, Segmentation],
    tracks: Mapping[str, Track],
    options_of_stills: Mapping[str, object],
    **patient: object,
) -> Measured:
    """Fuse outlines and motion of a patient's clips and measure them.

    Parameters
    ----------
    parts : the method's `fusion` and its `options`.
    cines, walls, tracks, options_of_stills : see `fuse_patient`.
    patient : the other arguments of `measure_patient`, the config section `strain` among them.
    """
    fused = fuse_patient(
        cines,
        walls,
        tracks,
        fusion=str(parts["fusion"]),
        options=parts["options"],
        options_of_stills=options_of_stills,
    )
    judged: dict = {}
    curve, rows = measure_patient(cines=cines, walls=walls, fused=fused, judged=judged, **patient)
    return Measured(fused, curve, rows, judged_rows(judged))
