"""The three pictures of README.md, out of a study's own files; of simulated patients only.

python docs/images.py [results/simulated] [sim14]    after `make study`

Writes docs/images/pipeline.png (one frame in the five stages), overlay.jpg (the tracked wall
at end-diastole and end-systole) and bland_altman.png (method against the known strain).
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from echogls.manuscript.figures.bland_altman import draw_bland_altman
from echogls.manuscript.figures.style import COLOURS, MM, PAGE, canvas
from echogls.manuscript.findings import FEWEST_FOR_LIMITS
from echogls.manuscript.palette import SEGMENT_COLOURS
from echogls.tables import read_table

IMAGES = Path(__file__).parent / "images"
METHOD, MOTION = "best", "refiner"
STRETCHED = 5  # times, arrows of motion
DOTS = 130  # an inch
LARGEST = 200_000  # bytes of a picture
STAGES = ("view", "outline", "motion", "tracked wall", "strain")
RGB = np.array(SEGMENT_COLOURS) / 255


def chosen_clip(patient: Path) -> dict:
    """The row of views.tsv of the clip that was measured."""
    (row,) = [row for row in read_table(patient / "views.tsv") if row["chosen"] == "yes"]
    return row


def frames_of_beat(patient: Path) -> tuple[int, int]:
    """The frames (0-based) of end-diastole and end-systole that the method found."""
    rows = read_table(patient / "strain" / f"{METHOD}.measurements.tsv")
    found = {row["measure"]: row["value"] for row in rows if row["segment"] == "global"}
    return int(float(found["ed_frame"])), int(float(found["es_frame"]))


def arrays(path: Path, clip: str) -> dict[str, np.ndarray]:
    """The arrays of one clip in a file of {clip}/{field}."""
    with np.load(path, allow_pickle=False) as stored:
        return {
            name.partition("/")[2]: stored[name]
            for name in stored.files
            if name.startswith(f"{clip}/")
        }


def window(centreline_mm: np.ndarray, shape: tuple[int, int], pixel_mm: float) -> tuple:
    """(left, right, bottom, top) in pixels round the wall, 12 mm wider."""
    low, high = (
        reduce(centreline_mm / pixel_mm, axis=(0, 1)) + side * 12 / pixel_mm
        for reduce, side in ((np.nanmin, -1), (np.nanmax, 1))
    )
    height, width = shape
    return max(low[0], 0), min(high[0], width), min(high[1], height), max(low[1], 0)


def draw_pipeline(patient: Path, path: Path) -> None:
    """One frame of systole as each stage leaves it, and the curve that comes of all frames."""
    row = chosen_clip(patient)
    clip = row["clip"]
    cine = arrays(patient / "cines.npz", clip)
    walls = arrays(patient / "segmentation.npz", clip)
    motion = arrays(patient / "motion" / f"{MOTION}.npz", clip)
    points = arrays(patient / "fused" / f"{METHOD}.npz", clip)["states"][..., :2]
    curve = read_table(patient / "strain" / f"{METHOD}.tsv")
    first, last = frames_of_beat(patient)
    shown = (first + last) // 2  # the wall is fastest there
    pixel_mm = float(cine["spacing_mm"])
    frame = cine["frames"][shown]
    with canvas(PAGE, 60 * MM, columns=5, note="simulated patient") as (figure, axes):
        for number, (axis, title) in enumerate(zip(axes[0], STAGES, strict=True)):
            axis.set_title(f"{number + 1}  {title}", loc="left")
        for axis in axes[0, :4]:
            axis.imshow(frame, cmap="gray", vmin=0, vmax=255)
            left, right, bottom, top = window(points, frame.shape, pixel_mm)
            axis.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
        axes[0, 0].set_xlabel(f"{row['view'].upper()}, recognised")
        for name, colour in (("endocardium_mm", COLOURS[0]), ("epicardium_mm", COLOURS[1])):
            axes[0, 1].plot(*(walls[name][shown] / pixel_mm).T, color=colour)
        axes[0, 1].set_xlabel("endo- and epicardium")
        draw_motion(axes[0, 2], motion, shown, walls["centreline_mm"][shown], pixel_mm)
        axes[0, 2].set_xlabel(f"a frame's, {STRETCHED} times")
        for part, colour in zip(np.array_split(points[shown], 6), RGB, strict=True):
            axes[0, 3].plot(*(part / pixel_mm).T, color=colour, linewidth=1.8)
        axes[0, 3].plot(*np.moveaxis(points[first : last + 1, ::12] / pixel_mm, 2, 0),
                        color="white", linewidth=0.5)  # fmt: skip
        axes[0, 3].set_xlabel("of six segments")
        times = [float(one["time_from_ed_s"]) for one in curve if one["beat"] == "1"]
        strain = [float(one["strain_global"]) for one in curve if one["beat"] == "1"]
        axes[0, 4].plot(times, strain, color=COLOURS[0])
        axes[0, 4].axhline(0, color="grey", linewidth=0.5)
        axes[0, 4].set(xlabel="s from end-diastole")
        axes[0, 4].set_title("5  strain, %", loc="left")
        figure.savefig(path, dpi=DOTS)


def draw_motion(axis, motion: dict, shown: int, centreline_mm: np.ndarray, pixel_mm: float):
    """Arrows of the motion along the wall, where the estimator is sure of it."""
    ys, xs = np.mgrid[: motion["confidence"].shape[1], : motion["confidence"].shape[2]]
    places = np.stack([xs, ys], -1) * float(motion["grid_spacing_mm"]) + motion["grid_origin_mm"]
    far = np.linalg.norm(places[:, :, None] - centreline_mm[None, None, ::4], axis=-1).min(-1)
    used = (far < 4) & (motion["confidence"][shown] > 0) & (xs % 3 == 0) & (ys % 4 == 0)
    arrows = STRETCHED * motion["displacement_mm"][shown][used] / pixel_mm
    axis.quiver(
        *(places[used] / pixel_mm).T, *arrows.T, color=COLOURS[4], angles="xy",
        scale_units="xy", scale=1, width=0.014,
    )  # fmt: skip


def draw_overlay(patient: Path, path: Path) -> None:
    """The study's own still, smaller."""
    picture = np.asarray(Image.open(patient / "strain" / f"{METHOD}.overlay.png").convert("RGB"))
    height, width = (round(0.75 * side) for side in picture.shape[:2])
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    Image.fromarray(small).save(path, quality=88, optimize=True)


def draw_agreement(cohort: Path, path: Path) -> None:
    """The differences of the study's first method from the known strain."""

    def of_pair(name):
        return [
            row
            for row in read_table(cohort / name)
            if row["measure"] == "gls" and (row["rater_1"], row["rater_2"]) == ("truth", METHOD)
        ]

    statistics = {row["statistic"]: row for row in of_pair("agreement.tsv")}
    pairs = [row for row in of_pair("pairs.tsv") if row["difference"]]
    if len(pairs) < FEWEST_FOR_LIMITS:
        raise SystemExit(f"{len(pairs)} patients are too few; the default study has 21")
    with canvas(100 * MM, 65 * MM, note="simulated patients") as (figure, axes):
        draw_bland_altman(axes[0, 0], pairs, statistics)
        figure.savefig(path, dpi=DOTS)


def main(cohort: str = "results/simulated", patient: str = "sim14") -> None:
    """Draw all three and refuse what is too large for a repository."""
    cohort, folder = Path(cohort), Path(cohort) / "patients" / patient
    if not (cohort / "simulated" / patient).is_dir():
        raise SystemExit(f"{cohort} holds no simulated patient {patient}: run `make study` first")
    IMAGES.mkdir(exist_ok=True)
    draw_pipeline(folder, IMAGES / "pipeline.png")
    draw_overlay(folder, IMAGES / "overlay.jpg")
    draw_agreement(cohort, IMAGES / "bland_altman.png")
    for path in sorted(IMAGES.iterdir()):
        if path.stat().st_size > LARGEST:
            raise SystemExit(f"{path} has {path.stat().st_size} bytes; at most {LARGEST}")
        print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
