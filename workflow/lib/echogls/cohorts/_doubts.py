"""What of a usable clip is doubtful by itself: its spacing, frames that repeat others, and jumps.

Doubts leave a clip in use. They are its `flags`, keys of study.REASONS, each with a note of
what exactly came.
"""

from dataclasses import replace

import numpy as np

from echogls.cine import Cine

# How deep a picture of a heart can be, from a newborn's to the deepest setting of a machine;
# by judgement.
DEPTH_MM = (40.0, 320.0)
# Two neighbouring frames whose mean difference is less than this share of what is usual in the
# clip (its 90th percentile) are one frame, coded twice. Frames of 14 real clips differ by 0.32 at
# least; copies, by 0.02 at most.
REPEATED = 0.15
# A picture jumps that changes so many times as much from one frame to the next as anywhere near by.
# Seven whole clips, real and simulated, do so by 1.4 at most, at 20 frames a second by 2.2; two
# recordings in one clip by 11; a clip of 60 frames a second that lacks 6 of them by 3.1.
JUMP = 3.0
NEAR = (2, 3, 4)  # intervals before and after; a single odd frame jumps twice
COARSE = 64  # pixels a side, in which speckle says nothing


def depth_doubt(rows: float, spacing_mm: float | None) -> str:
    """What is wrong with a spacing by how deep it makes the picture; "" if nothing is.

    Parameters
    ----------
    rows : of the picture, in pixels that are `spacing_mm` high; None where that is unknown.

    Example
    -------
    >>> depth_doubt(112, 0.3)
    'a picture 33.6 mm deep (112 rows x 0.3 mm), expected 40 to 320 mm'
    """
    if not spacing_mm or not rows:
        return ""
    depth, (low, high) = rows * spacing_mm, DEPTH_MM
    if low <= depth <= high:
        return ""
    return (
        f"a picture {depth:.4g} mm deep ({rows:g} rows x {spacing_mm:.4g} mm), "
        f"expected {low:g} to {high:g} mm"
    )


def repeated_frames(frames: np.ndarray, sector: np.ndarray) -> tuple[int, ...]:
    """Frames that are the one before them once more, as converters between frame rates leave.

    Parameters
    ----------
    frames : (T, H, W) uint8.
    sector : (H, W) bool, where they are compared.

    Returns
    -------
    Their numbers, from 0; none of a clip in which nothing changes.
    """
    if len(frames) < 3 or not sector.any():
        return ()
    change = np.empty(len(frames) - 1)
    before = frames[0][sector].astype(np.int16)
    for place, frame in enumerate(frames[1:]):
        after = frame[sector].astype(np.int16)
        change[place] = np.abs(after - before).mean()
        before = after
    usual = np.percentile(change, 90)
    if usual <= 0:
        return ()
    return tuple(int(k) for k in np.flatnonzero(change < REPEATED * usual) + 1)


def jumps(frames: np.ndarray, sector: np.ndarray) -> dict[int, float]:
    """Frames before which the whole picture changes at once, from 0 -> how many times as much as
    near by. Where nearly nothing changes near by nothing is said.

    frames, sector : see `repeated_frames`.
    """
    inside = _coarse(sector.astype(np.float32)) > 0.5
    if len(frames) < len(NEAR) + 2 or not inside.any():
        return {}
    values = np.array([_coarse(frame)[inside] for frame in frames], np.float32)
    change = np.abs(np.diff(values, axis=0)).mean(axis=1)
    usual, found = np.percentile(change, 90), {}
    for k, size in enumerate(change):
        near = [change[j] for n in NEAR for j in (k - n, k + n) if 0 <= j < len(change)]
        if len(near) >= len(NEAR) and max(near) > REPEATED * usual and size > JUMP * max(near):
            found[k + 1] = float(size / max(near))
    return found


def _coarse(image):
    import cv2  # only where a clip is read: a study's plan imports this module too

    return cv2.resize(image, (COARSE, COARSE), interpolation=cv2.INTER_AREA)


def doubted(cine: Cine) -> Cine:
    """The cine with its flags; a spacing that no heart's picture has is unknown.

    It is judged where the provenance says what it comes from (`spacing`); that of a data set of
    one machine (CAMUS) does not.
    """
    flags = dict(cine.flags)
    spacing, provenance = cine.spacing_mm, cine.provenance
    doubt = depth_doubt(len(cine.sector), spacing) if "spacing" in provenance else ""
    if doubt:
        flags["implausible_spacing"] = f"{doubt}: spacing taken as unknown"
        spacing, provenance = None, provenance | {"spacing": f"implausible: {cine.spacing_mm:.4g}"}
    repeated = repeated_frames(cine.frames, cine.sector) if cine.kind == "sequence" else ()
    if repeated:
        flags["repeated_frames"] = (
            f"{len(repeated)} of {len(cine.frames)} frames "
            f"{'repeats' if len(repeated) == 1 else 'repeat'} the one before: "
            f"{listed(repeated)}"
        )
    if cine.kind == "sequence" and (found := jumps(cine.frames, cine.sector)):
        flags["jump_in_clip"] = (
            f"at frame {listed(tuple(found))} the picture changes {max(found.values()):.1f} times "
            "as much as near by"
        )
    return replace(cine, spacing_mm=spacing, provenance=provenance, flags=flags, repeated=repeated)


def listed(numbers: tuple[int, ...], most: int = 8) -> str:
    """Numbers as text, the first of many."""
    text = ", ".join(map(str, numbers[:most]))
    return f"{text} ..." if len(numbers) > most else text
