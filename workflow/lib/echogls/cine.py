"""A moving image with all that later stages need to know, and nothing personal."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from echogls.files import Clips, StoredClips, save_clips

KINDS = ("sequence", "ed_es")


@dataclass(frozen=True)
class Cine:
    """One clip on square pixels.

    Attributes
    ----------
    frames : (T, H, W) uint8 grey, zero outside the sector.
    times_s : (T,) float64, seconds from the first frame, increasing. For kind
        "ed_es" the order only (0, 1): such a recording has no known times.
    sector : (H, W) bool, where tissue is imaged.
    spacing_mm : mm per pixel in both directions, or None where unknown.
    r_waves_s : (R,) float64, seconds from the first frame; empty where unknown.
    kind : "sequence", or "ed_es" for two still frames, ED first.
    view : the view that the source states (a key of study.VIEWS), or "".
    reference : (T, H, W) uint8 labels by an expert, or None.
    traced : (T, N, 2) points (x, y) in pixels of the endocardium that an expert traced in some
        frames, from the annulus on the left over the apex, NaN in the others; or None.
    heart_rate : beats per minute as the file states them, or None.
    flags : what of the recording is doubtful, though it is used: a key of study.REASONS -> what
        exactly came.
    repeated : frames that repeat the one before them, counted from 0.
    provenance : technical facts as text (format, timing source, vendor, ...);
        never a name, id, date or path.
    """

    frames: np.ndarray
    times_s: np.ndarray
    sector: np.ndarray
    spacing_mm: float | None = None
    r_waves_s: np.ndarray = field(default_factory=lambda: np.zeros(0))
    kind: str = "sequence"
    view: str = ""
    reference: np.ndarray | None = None
    traced: np.ndarray | None = None
    heart_rate: float | None = None
    flags: dict[str, str] = field(default_factory=dict)
    repeated: tuple[int, ...] = ()
    provenance: dict[str, str] = field(default_factory=dict)

    @property
    def scale(self) -> float:
        """mm per pixel, or 1 where the spacing is unknown (lengths are pixels then)."""
        return self.spacing_mm if self.spacing_mm else 1.0

    @property
    def fps(self) -> float:
        """Mean frame rate in frames per second; NaN for two still frames."""
        if self.kind == "ed_es" or len(self.times_s) < 2:
            return float("nan")
        return float((len(self.times_s) - 1) / (self.times_s[-1] - self.times_s[0]))


def spread(count: int, most: int) -> np.ndarray:
    """Indices of at most `most` of `count` frames, evenly over the clip."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(int)


def save_cines(path: Path, cines: Clips[Cine]) -> None:
    """Write clips to one compressed npz: arrays under `{clip}/frames`, `{clip}/times_s` ..."""
    save_clips(path, cines, _fields)


def _fields(cine: Cine) -> dict[str, np.ndarray]:
    facts = {"kind": cine.kind, "view": cine.view, "provenance": cine.provenance}
    facts |= {"heart_rate": cine.heart_rate, "flags": cine.flags}
    facts |= {"repeated": list(cine.repeated)}
    fields = {
        "frames": cine.frames,
        "times_s": np.asarray(cine.times_s, np.float64),
        "sector": cine.sector,
        "spacing_mm": np.float64(cine.spacing_mm or np.nan),
        "r_waves_s": np.asarray(cine.r_waves_s, np.float64),
        "facts": np.array(json.dumps(facts, sort_keys=True)),
    }
    if cine.reference is not None:
        fields["reference"] = cine.reference
    if cine.traced is not None:
        fields["traced"] = np.asarray(cine.traced, np.float64)
    return fields


def load_cines(
    path: Path, clips: Iterable[str] | None = None, *, images: bool = True
) -> Mapping[str, Cine]:
    """Read what `save_cines` wrote, in order of names; only the named clips if given.

    Each clip is read when it is asked for, and one at a time is in memory. Without `images`, which
    are nearly all of the file, frames are black, and all are: for stages that need only their
    number, times and scale.
    """
    if images:
        return StoredClips(path, _cine, clips)
    return dict(StoredClips(path, _black_cine, clips))


def _black_cine(stored: Mapping[str, np.ndarray]) -> Cine:
    fields = {name: stored[name] for name in stored if name != "frames"}
    shape = (len(fields["times_s"]), *fields["sector"].shape)
    return _cine(fields | {"frames": np.broadcast_to(np.uint8(0), shape)})


def _cine(stored: Mapping[str, np.ndarray]) -> Cine:
    facts = json.loads(str(stored["facts"]))
    facts["repeated"] = tuple(facts.get("repeated", ()))
    spacing = float(stored["spacing_mm"])
    return Cine(
        frames=stored["frames"],
        times_s=stored["times_s"],
        sector=stored["sector"],
        spacing_mm=None if np.isnan(spacing) else spacing,
        r_waves_s=stored["r_waves_s"],
        **{name: stored[name] for name in ("reference", "traced") if name in stored},
        **facts,
    )
