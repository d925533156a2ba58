"""What fusion gives: where each point of the wall is, frame by frame, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from echogls.files import save_clips, stored_clips


@dataclass(frozen=True)
class Fused:
    """The N points of one clip through its T frames.

    Lengths are mm, or pixels for a clip whose spacing is unknown.

    Attributes
    ----------
    states : (T, N, 6), [x, y, vx, vy, ax, ay] in mm, mm/s, mm/s2; NaN where unknown.
    covariances : (T, N, 6, 6), of the states; errors of two points are correlated
        along the wall as exp(-distance / correlation_length_mm).
    times_s : (T,), seconds.
    correlation_length_mm : distance along the wall at which that falls to 1/e.
    position_sd_mm : noise of a measured position, one coordinate.
    velocity_sd_mm_s : noise of a measured velocity at confidence 1, one coordinate;
        NaN where no motion was used.
    length_covariance_mm2 : (T, T), of the errors of the arc lengths of any two frames, by fusions
        that tell it; else None.
    calibrated : whether errors that are known were found to be as large as the covariances say.
        Else what follows from them is the fusion's own opinion, the measure `gls_model_sd`.
    """

    states: np.ndarray
    covariances: np.ndarray
    times_s: np.ndarray
    correlation_length_mm: float
    position_sd_mm: float
    velocity_sd_mm_s: float
    length_covariance_mm2: np.ndarray | None = None
    calibrated: bool = False

    @property
    def positions(self) -> np.ndarray:
        """(T, N, 2), (x, y) in mm."""
        return self.states[..., :2]

    @property
    def position_covariances(self) -> np.ndarray:
        """(T, N, 2, 2), mm2."""
        return self.covariances[..., :2, :2]


def as_stored(fused: Fused) -> Fused:
    """With the precision of a file, so that what is measured does not depend on whether one lay
    between."""
    return replace(fused, covariances=np.asarray(fused.covariances, np.float32))


def save_fused(path: Path, fused: Mapping[str, Fused]) -> None:
    """Write clips to one compressed npz: `{clip}/states`, `{clip}/covariances` (float32) ..."""
    names = [field.name for field in fields(Fused)]
    kinds = dict.fromkeys(names, np.float64) | {"covariances": np.float32, "calibrated": bool}
    save_clips(
        path,
        {
            clip: {
                name: np.asarray(getattr(one, name), kind)
                for name, kind in kinds.items()
                if getattr(one, name) is not None
            }
            for clip, one in fused.items()
        },
    )


def load_fused(path: Path) -> dict[str, Fused]:
    """Read what `save_fused` wrote, clips in order of their names."""
    with stored_clips(path) as clips:
        return {clip: Fused(**_plain(stored)) for clip, stored in clips.items()}


def _plain(stored: Mapping[str, np.ndarray]) -> dict[str, np.ndarray | float]:
    return {name: value if value.ndim else value.item() for name, value in stored.items()}
