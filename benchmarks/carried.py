"""The whole pipeline on real images with simulated motion: end-point error and GLS of methods.

    python benchmarks/carried.py path/to/camus [best dis ...] [--clips 24] [--half 1] [--seed 4]
        [--record CONDITION]
        [--frames-per-s 48 62] [--deformation drawn|measured] [--no-mask]
        [--side 112] [--codec h264] [--quality 26] [--persistence 0.5] [--mean 0.25 0.5 0.25]
        [--clutter 2 8]

An end-diastolic image of a CAMUS patient that no network was trained on is carried by a drawn
heartbeat, or by that patient's own deformation from end-diastole to end-systole (`measured`),
with speckle that loses its likeness, clutter that stands still, gain and noise
(echogls/simulation/carried.py). Such clips are simulated. They can be recorded as people's are
(echogls/simulation/recording.py): shrunk (`--side`: of the longer one, pixels), with persistence,
averaged over frames, coded; and tracked without the mask of the segmentation. Methods are those
of config/ablation.yaml, with the options of config/config.yaml.

The settings of the fusion `material` were chosen on patients of `--half 0`.

Printed, of each method: clips with a GLS; bias and SD (ddof 1) of its error, percentage points;
mean end-point error of its motion along the true wall, mm a frame, and percent of the true
motion that is found. `--record` writes bias and SD to benchmarks/accuracy/carried.tsv, from which
docs/fill_numbers.py fills the texts: CONDITION is what the clips went through, in words.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import accuracy
import cv2
import numpy as np
import yaml
from scipy.interpolate import RBFInterpolator, RegularGridInterpolator

from echogls import fusion, motion, runtime
from echogls.cine import Cine, spread
from echogls.configuration import check_config, fusion_options
from echogls.names import known_names, known_options
from echogls.places import DEFAULT_CONFIG, MODELS, SCHEMA
from echogls.segmentation.centreline import centreline
from echogls.segmentation.clip import Segmentation, segment_clip
from echogls.segmentation.contour import find_wall
from echogls.simulation.carried import INVERSIONS, CarriedImage, contraction, draw_beating
from echogls.simulation.recording import CODECS, Recording, record
from echogls.strain.consistency import consistency
from echogls.strain.cycle import clip_beats
from echogls.strain.longitudinal import arc_length
from echogls.strain.measure import measure_clip
from echogls.study import LABELS
from echogls.training.cases import SPACING_MM, read_cases, split
from echogls.truth.motion_error import motion_error

BEATS = 1.15  # of a clip's length: one whole beat, whichever moment it begins at


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("camus", type=Path, help="folder of CAMUS patients")
    parser.add_argument("methods", nargs="*", default=["best", "dis"], help="of the config")
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--half", type=int, choices=(0, 1), help="one half of the patients only")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--frames-per-s", type=float, nargs=2, default=(48, 62))
    parser.add_argument("--deformation", choices=("drawn", "measured"), default="drawn")
    parser.add_argument("--side", type=int, help="of the shrunk frames, pixels")
    parser.add_argument(
        "--codec", choices=CODECS, default="", help="by which the frames are compressed"
    )
    parser.add_argument(
        "--quality", type=int, default=0, help="of the codec, see simulation/recording.py"
    )
    parser.add_argument(
        "--persistence", type=float, default=0.0, help="share of the last frame that stays"
    )
    parser.add_argument(
        "--mean", type=float, nargs="+", default=[1.0], help="weights of averaged frames"
    )
    parser.add_argument(
        "--clutter", type=float, nargs=2, default=(1, 5), help="its range, grey levels"
    )
    parser.add_argument("--no-mask", action="store_true", help="track.mask_image: false")
    parser.add_argument(
        "--record", metavar="CONDITION", help="into benchmarks/accuracy/carried.tsv"
    )
    arguments = parser.parse_args()
    config = read_config()
    if arguments.no_mask:
        config = {**config, "track": {**config["track"], "mask_image": False}}
    held_out = split(arguments.camus)[1]
    if arguments.half is not None:
        held_out = held_out[arguments.half :: 2]
    chosen = spread(len(held_out), arguments.clips)
    recording = Recording(
        persistence=arguments.persistence,
        mean=tuple(arguments.mean),
        codec=arguments.codec,
        quality=arguments.quality,
    )
    rows = {method: [] for method in arguments.methods}
    for number, patient in enumerate(held_out[k] for k in chosen):
        cases = {case[1].upper()[-2:]: case[2:] for case in read_cases(arguments.camus, [patient])}
        rng = np.random.default_rng([arguments.seed, number])
        end = cases["ES"][1] if arguments.deformation == "measured" else None
        clip, true_mm = carried_clip(
            *cases["ED"], rng, arguments.frames_per_s, end=end, clutter=arguments.clutter
        )
        clip, true_mm = recorded(clip, true_mm, recording, arguments.side)
        measured = {}
        for method in arguments.methods:
            rows[method].append(measure(config, method, clip, true_mm, measured))
        differences = ", ".join(f"{method} {rows[method][-1]['error']:+.1f}" for method in rows)
        print(f"{patient}: {differences}", flush=True)
    for method, own_rows in rows.items():
        print(summary(method, own_rows))
    if arguments.record:
        head = {"data": "CAMUS carried", "condition": arguments.record}
        head["command"] = accuracy.command_of(
            "carried.py", sys.argv[1:], arguments.camus, "path/to/camus"
        )
        accuracy.record(
            [
                accuracy.error_row([row["error"] for row in rows[method]], method=method, **head)
                for method in rows
            ],
            "carried",
        )


def read_config() -> Mapping:
    """The default config with the methods of the ablation."""
    config, ablation = (
        yaml.safe_load((DEFAULT_CONFIG.parent / name).read_text(encoding="utf-8"))
        for name in ("config.yaml", "ablation.yaml")
    )
    return check_config(config | ablation, SCHEMA, known_names(MODELS), known_options)


def carried_clip(
    image: np.ndarray,
    labels: np.ndarray,
    rng: np.random.Generator,
    frames_per_s: tuple[float, float],
    *,
    end: np.ndarray | None = None,
    clutter: tuple[float, float] = (1, 5),
) -> tuple[Cine, np.ndarray]:
    """A clip of a (H, W) uint8 still, and its true centreline (T, 120, 2), mm.

    end : labels at end-systole, by which the heart then moves; without them a beat is drawn.
    """
    ventricle = np.isin(labels, (LABELS["cavity"], LABELS["myocardium"]))
    beating = draw_beating(rng, ventricle) if end is None else MeasuredBeating(labels, end)
    rate, period = rng.uniform(*frames_per_s), rng.uniform(0.75, 0.95)
    times = np.arange(int(BEATS * period * rate)) / rate
    carried = CarriedImage(
        rng,
        image,
        beating,
        likeness=rng.uniform(0.97, 0.99),
        clutter=rng.uniform(*clutter),
        noise=rng.uniform(2, 5),
    )
    states = contraction(times / period)
    frames = np.stack([carried.frame(state) for state in states])
    line = centreline(find_wall(np.eye(len(LABELS), dtype=np.float32)[labels]))
    true_mm = np.stack([beating.place(line, state) for state in states]) * SPACING_MM
    return Cine(frames, times, image > 0, SPACING_MM, np.array([0.0, period])), true_mm


def recorded(
    clip: Cine, true_mm: np.ndarray, recording: Recording, side: int | None
) -> tuple[Cine, np.ndarray]:
    """The clip as a file has it, with `side` pixels on its longer side if given, and the centreline
    in its coordinates."""
    share = side / max(clip.frames.shape[1:]) if side else 1.0
    frames = record(clip.frames, replace(recording, share=share))
    size = frames.shape[:0:-1]
    sector = cv2.resize(clip.sector.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    sector = cv2.morphologyEx(sector, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    spacing = SPACING_MM * clip.frames.shape[1] / frames.shape[1]
    # Positions are from the middle of the first pixel, which lies elsewhere now.
    moved = true_mm + (SPACING_MM - spacing) / 2
    frames = np.where(sector, frames, np.uint8(0))
    return Cine(frames, clip.times_s, sector, spacing, clip.r_waves_s), moved


def measure(
    config: Mapping, method: str, clip: Cine, true_mm: np.ndarray, measured: dict
) -> dict[str, float]:
    """GLS of one clip (`value`, `truth`, signed percent, and `error`, percentage points; NaN
    without a GLS), what the fused wall and the outlines say of each other, and errors of motion.

    `measured` keeps outlines and tracks of the clip by name, for the methods to come.
    """
    wall = outlined(config, method, clip, measured)
    velocity_at, fused = followed(config, method, clip, wall, measured)
    settings = config["strain"]
    rules = {key: settings[key] for key in ("ed_rule", "es_rule")}
    beats = clip_beats(clip, wall, fused, **rules).beats
    how = {key: settings[key] for key in ("gls", "drift")}
    _, rows = measure_clip(fused, beats[:1], clip="", view="a4c", **how)
    value = next(row["value"] for row in rows if row["measure"] == "gls")
    lengths = arc_length(true_mm)
    truth = 100 * (lengths.min() / lengths[0] - 1)
    value = float("nan") if value is None else value
    row = {"error": value - truth, "value": value, "truth": truth}
    row |= consistency(fused, wall, beats[:1])
    return row | (motion_error(velocity_at, true_mm, clip.times_s) if velocity_at else {})


def outlined(config: Mapping, method: str, clip: Cine, measured: dict) -> Segmentation:
    """The outlines of a clip by the network of a method; see `measure`."""
    network = config["methods"][method]["segmentation"]
    if network not in measured:
        graph = runtime.load_graph(runtime.shipped_model(MODELS, network), threads=1)
        measured[network] = segment_clip(clip, graph, workers=2)
    return measured[network]


def followed(
    config: Mapping, method: str, clip: Cine, wall: Segmentation, measured: dict
) -> tuple[motion.Sampler | None, fusion.Fused]:
    """The motion of a clip by a method, if it has any, and its fused wall; see `measure`."""
    parts = config["methods"][method]
    network, name = parts["segmentation"], parts["motion"]
    if name == "none":
        velocity_at = None
    else:
        if (network, name) not in measured:
            tracks = motion.track_patient({"": clip}, {"": wall}, name, config["track"])
            measured[network, name] = tracks[""]
        velocity_at = motion.Sampler(measured[network, name])
    fused = fusion.fuse_clip(
        wall.usable_centreline_mm,
        velocity_at,
        clip.times_s,
        method=parts["fusion"],
        pixel_mm=wall.pixel_mm if clip.spacing_mm else None,
        options=fusion_options(config, method),
    )
    return velocity_at, fused


class MeasuredBeating:
    """The deformation of a heart from one labelled image to another, as `carried.Beating`.

    A thin-plate spline through points at equal shares of endocardium, epicardium and centreline
    of both, and through the image's border, which stands still.
    """

    def __init__(self, start: np.ndarray, end: np.ndarray):
        walls = [find_wall(np.eye(len(LABELS), dtype=np.float32)[x]) for x in (start, end)]
        lines = [(w.endocardium, w.epicardium, centreline(w)) for w in walls]
        picked = [[line[spread(len(line), 15)] for line in part] for part in lines]
        here, there = (np.concatenate(part) for part in picked)
        rows, columns = start.shape
        x, y = np.linspace(0, columns - 1, 6), np.linspace(0, rows - 1, 6)
        border = [(a, b) for a in x for b in (0, rows - 1)]
        border += [(a, b) for a in (0, columns - 1) for b in y]
        places = np.concatenate([here, border])
        moves = np.concatenate([there - here, np.zeros((len(border), 2))])
        spline = RBFInterpolator(places, moves, smoothing=30.0)
        grid = np.arange(0, rows + 8, 8.0), np.arange(0, columns + 8, 8.0)
        points = np.stack(np.meshgrid(*grid[::-1]), axis=-1)
        field = spline(points.reshape(-1, 2)).reshape(points.shape)
        self._last = grid[0][-1], grid[1][-1]
        self._moves = RegularGridInterpolator(grid, field)

    def place(self, points: np.ndarray, contraction: float) -> np.ndarray:
        """Where (..., 2) points of the first image are at this contraction (1: the second)."""
        y = np.clip(points[..., 1], 0, self._last[0])
        x = np.clip(points[..., 0], 0, self._last[1])
        return points + contraction * self._moves(np.stack([y, x], axis=-1))

    def origin(self, points: np.ndarray, contraction: float) -> np.ndarray:
        """Where in the first image the tissue at (..., 2) points was."""
        still = points
        for _ in range(INVERSIONS):
            still = points - (self.place(still, contraction) - still)
        return still


def summary(method: str, rows: list[dict]) -> str:
    """What was measured of a method, as a line."""
    errors = np.array([row["error"] for row in rows])
    errors = errors[np.isfinite(errors)]
    line = f"{method:16s} n {len(errors)} of {len(rows)}  GLS "
    line += f"{errors.mean():+.2f} +- {errors.std(ddof=1):.2f}"
    with_truth = [row for row in rows if row.get("epe") is not None]
    if with_truth:
        distance = np.mean([row["epe"] for row in with_truth])
        share = np.mean([row["motion_found"] for row in with_truth])
        line += f"  end-point error {distance:.4f} mm a frame, found {share:.0f} %"
    return line


if __name__ == "__main__":
    main()
