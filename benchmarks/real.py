"""Methods on real clips of unknown strain, beside experts' tracings and ejection fractions.

    python benchmarks/real.py path/to/echonet [best dis outline ...] [--format echonet] [--view a4c]

The clips are read as a cohort of that format is. Printed, of each clip and method: GLS (mean of
its beats; SD of them), how far the annulus comes by motion over how far by the outline (median
of the beats), and what else there is: the strain of an expert's tracings, the ejection fraction
of FileList.csv. `--record` also compares the way of the annulus with that of the tracings' ends.
Then medians and counts over the clips. Methods are those of
config/ablation.yaml, with the options of config/config.yaml.
"""

import argparse
import csv
import sys
from collections.abc import Mapping
from pathlib import Path

import accuracy
import numpy as np
from carried import followed, outlined, read_config

from echogls import cohorts
from echogls.cine import Cine
from echogls.fusion import Fused
from echogls.segmentation.clip import Segmentation
from echogls.strain.cycle import Beat, clip_beats
from echogls.strain.longitudinal import arc_length
from echogls.strain.measure import measure_clip

NORMAL_EF = 55  # percent, from which on an ejection fraction is normal (Lang et al. 2015: 52 to 54)
AROUND = 2  # frames each way whose outlines' median is the outline at ED or ES


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of clips")
    parser.add_argument("methods", nargs="*", default=["best", "dis", "outline"])
    parser.add_argument("--format", default="echonet", help="a cohort's format")
    parser.add_argument("--view", default="a4c")
    parser.add_argument("--record", action="store_true", help="into benchmarks/accuracy/real.tsv")
    arguments = parser.parse_args()
    config = read_config()
    fractions = ejection_fractions(arguments.data / "FileList.csv")
    rows, traced = {method: [] for method in arguments.methods}, []
    for patient, path in cohorts.source(arguments.format).list_patients(arguments.data).items():
        clips = cohorts.ingest_patient(arguments.format, path, dict(config["ingest"]))[1]
        for cine in clips.values():
            tracked: dict = {}
            fraction = fractions.get(path.stem)
            fraction_text = f"EF {fraction:.0f} %" if fraction else "EF unknown"
            traced.append(traced_strain(cine))
            print(f"{patient}: {fraction_text}, expert {traced[-1]:.1f}", end="")
            for method in arguments.methods:
                row = measure(config, method, cine, arguments.view, tracked)
                rows[method].append(row | {"ef": fraction or np.nan})
                print(f"; {method} {row['gls']:.1f} (SD {row['sd']:.1f}, annulus ", end="")
                print(f"{row['annulus']:.2f})", end="", flush=True)
            print()
    for method, own_rows in rows.items():
        print(summary(method, own_rows))
    if arguments.record:
        head = {"data": "EchoNet-Dynamic", "condition": "public clips"}
        head["command"] = accuracy.command_of(
            "real.py", sys.argv[1:], arguments.data, "path/to/echonet"
        )
        own_rows = [row for method in rows for row in recorded(method, rows[method])]
        expert = {"method": "expert", "n": len(traced), "version": accuracy.version(), "unit": "%"}
        own_rows.append(expert | {"quantity": "traced_strain_mean", "value": np.nanmean(traced)})
        ef = [row["ef"] for row in rows[arguments.methods[0]]]
        ends = {"low": np.nanmin(ef), "high": np.nanmax(ef)}
        own_rows.append(expert | {"quantity": "ejection_fraction"} | ends)
        accuracy.record([head | row for row in own_rows], "real")


def ejection_fractions(table: Path) -> dict[str, float]:
    """File name without ending -> EF, percent, of EchoNet's FileList.csv; empty without one."""
    if not table.is_file():
        return {}
    with table.open(newline="", encoding="utf-8-sig") as stream:
        return {Path(row["FileName"]).stem: float(row["EF"]) for row in csv.DictReader(stream)}


def traced_strain(cine: Cine) -> float:
    """Strain, percent, of the shortest on the longest tracing; NaN without two."""
    if cine.traced is None:
        return float("nan")
    lengths = arc_length(cine.traced)
    lengths = lengths[np.isfinite(lengths)]
    return 100 * (lengths.min() / lengths.max() - 1) if len(lengths) > 1 else float("nan")


def measure(config: Mapping, method: str, cine: Cine, view: str, tracked: dict) -> dict[str, float]:
    """GLS, its SD over beats, and the annulus' way by motion over outline; NaN without a beat."""
    wall = outlined(config, method, cine, tracked)
    nothing = dict.fromkeys(("gls", "sd", "annulus", "way", "traced_way"), np.nan)
    if wall.failure(config["segment"]["min_plausible"]):
        return nothing
    _, fused = followed(config, method, cine, wall, tracked)
    rules = {key: config["strain"][key] for key in ("ed_rule", "es_rule")}
    beats = clip_beats(cine, wall, fused, **rules).beats
    how = {key: config["strain"][key] for key in ("gls", "drift")}
    each = [gls_of(fused, beat, view, how) for beat in beats]
    each = [value for value in each if value is not None]
    if not each:
        return nothing
    ratios = [annulus_ratio(fused, wall, beat) for beat in beats]
    spread = float(np.std(each, ddof=1)) if len(each) > 1 else float("nan")
    way, traced_way = ways_between_tracings(fused, cine)
    annulus = float(np.nanmedian(ratios))
    gls = float(np.mean(each))
    return {"gls": gls, "sd": spread, "annulus": annulus, "way": way, "traced_way": traced_way}


def gls_of(fused: Fused, beat: Beat, view: str, how: Mapping) -> float | None:
    """GLS of one beat, percent."""
    rows = measure_clip(fused, [beat], clip="", view=view, **how)[1]
    return next(row["value"] for row in rows if row["measure"] == "gls")


def annulus_ratio(fused: Fused, wall: Segmentation, beat: Beat) -> float:
    """How far the middle of the annulus comes towards the apex by motion over by the outline."""

    def at(frame):
        lines = wall.usable_centreline_mm[max(frame - AROUND, 0) : frame + AROUND + 1]
        return np.nanmedian(lines, axis=0)

    by_motion = annulus_way(fused.positions[beat.ed], fused.positions[beat.es])
    return by_motion / annulus_way(at(beat.ed), at(beat.es))


def annulus_way(start: np.ndarray, end: np.ndarray) -> float:
    """How far the middle of the ends of a line (N, 2) comes towards the line's middle."""
    middle = (start[0] + start[-1]) / 2
    axis = start[len(start) // 2] - middle
    return float(((end[0] + end[-1]) / 2 - middle) @ axis / np.linalg.norm(axis))


def ways_between_tracings(fused: Fused, cine: Cine) -> tuple[float, float]:
    """`annulus_way` from the longest traced frame to the shortest, by motion and by the tracings,
    in the clip's unit (mm; pixels where the spacing is unknown); NaN without two."""
    if cine.traced is None:
        return float("nan"), float("nan")
    lengths = arc_length(cine.traced)
    if np.isfinite(lengths).sum() < 2:
        return float("nan"), float("nan")
    frames = int(np.nanargmax(lengths)), int(np.nanargmin(lengths))
    traced = annulus_way(*((cine.spacing_mm or 1.0) * cine.traced[frame] for frame in frames))
    return annulus_way(*(fused.positions[frame] for frame in frames)), traced


def recorded(method: str, rows: list[dict]) -> list[dict]:
    """What `summary` says of a method, as rows of benchmarks/accuracy/real.tsv."""
    gls, sd, annulus, ef = (
        np.array([row[k] for row in rows]) for k in ("gls", "sd", "annulus", "ef")
    )
    normal = gls[(ef >= NORMAL_EF) & np.isfinite(gls)]
    n = int(np.isfinite(gls).sum())
    head = {"method": method, "version": accuracy.version()}
    ends = {"low": np.nanmin(annulus), "high": np.nanmax(annulus)}
    row = {"gls_median": {"n": n, "value": np.nanmedian(gls), "unit": "%"}}
    if len(normal):
        row["gls_median_normal_ef"] = {"n": len(normal), "value": np.median(normal), "unit": "%"}
    row |= {
        "beat_sd": {"n": n, "value": np.nanmean(sd), "unit": "points"},
        "beat_sd_share": {"n": n, "value": 100 * np.nanmean(sd / np.abs(gls)), "unit": "%"},
        "annulus_ratio_median": {"n": n, "value": np.nanmedian(annulus), "unit": "1"} | ends,
    }
    ways = np.array([(clip["way"], clip["traced_way"]) for clip in rows])
    ways = ways[np.isfinite(ways).all(axis=1)]
    if len(ways):
        both = ways.mean(axis=0)
        row["annulus_over_traced"] = {"n": len(ways), "value": both[0] / both[1], "unit": "1"}
    return [head | {"quantity": quantity} | values for quantity, values in row.items()]


def summary(method: str, rows: list[dict]) -> str:
    """Medians over the clips, as a line."""
    gls, sd, annulus, ef = (
        np.array([row[k] for row in rows]) for k in ("gls", "sd", "annulus", "ef")
    )
    normal = gls[(ef >= NORMAL_EF) & np.isfinite(gls)]
    text = f"{method:12s} measured {np.isfinite(gls).sum()} of {len(gls)}"
    text += f"  median GLS {np.nanmedian(gls):.1f}"
    if len(normal):
        text += f" ({np.median(normal):.1f} where EF >= {NORMAL_EF}, n {len(normal)})"
    share = 100 * np.nanmean(sd / np.abs(gls))
    text += f"  SD of beats {np.nanmean(sd):.2f} points, {share:.0f} %"
    return text + (
        f"  annulus by motion over outline {np.nanmedian(annulus):.2f} "
        f"({np.nanmin(annulus):.2f} to {np.nanmax(annulus):.2f})"
    )


if __name__ == "__main__":
    main()
