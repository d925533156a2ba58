"""What each stage and method costs a frame, beside others' flow and runtimes: `make benchmark`.

    python benchmarks/speed.py [--patients 2] [--pairs 8] [--methods best paper dis]

Simulated patients of the default study go through the study's own scripts, one process a job, as
Snakemake would start them. speed.tsv has, by kind of row:

stage   a job: milliseconds a frame of processor and wall time, with its start-up (cold) and
        without (warm), and its memory;
method  the jobs from view to GLS together, and the mean absolute error of GLS;
motion  each estimator and others' optical flow on the same masked pairs, one thread: milliseconds
        a pair and the end-point error;
graph   a shipped network on each runtime that is installed, one thread: milliseconds a call.

`ratio` is the processor time over that of OpenCV's DIS in the same run, on the same pairs: of two
machines, or of one that does other work beside, it tells more than seconds do. Each run is
added to history.tsv; what takes 1.25 times as long as when it was last measured on such a processor
is printed. speed.svg shows the methods' parts.
"""

import argparse
import datetime
import tempfile
from pathlib import Path

import numpy as np
import peers
import yaml
from jobs import ROOT, processor, timed

from echogls.configuration import check_config, fusion_options
from echogls.names import known_names
from echogls.tables import read_table, write_table

HERE = Path(__file__).parent
SLOWER = 1.25  # times the ratio of the last measurement; by judgement, more than runs differ by
UNIT = "OpenCV DIS"
COLUMNS = (
    "kind",
    "name",
    "n",
    "cold_cpu_ms",
    "warm_cpu_ms",
    "cold_wall_ms",
    "warm_wall_ms",
    "peak_mb",
    "ratio",
    "accuracy",
    "accuracy_is",
    "machine",
)
MEASURED = COLUMNS[3:8]
KEPT = ("date", "machine", "kind", "name", "n", "cold_cpu_ms", "warm_cpu_ms", "ratio", "accuracy")


def default_config() -> dict:
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    schema = ROOT / "workflow" / "schemas" / "config.schema.yaml"
    return check_config(config, schema, known_names(ROOT / "workflow" / "models"))


def patient_jobs(folder: Path, patient: str, config: dict) -> tuple[dict[str, dict], int]:
    """Every job of a simulated patient: name -> what `timed` says; and the frames of its clip."""
    cohort = config["cohorts"]["simulated"]
    views, models = cohort["views"], str(ROOT / "workflow" / "models" / "models.yaml")
    names = {"cohort": "simulated", "patient": patient}
    outputs = {part: str(folder / file) for part, file in OUTPUTS.items()}
    settings = cohort["simulation"] | {"views": views}
    job = {"output": outputs, "params": {"settings": settings}, "wildcards": names}
    timed(folder, "simulate", runs=1, **job)
    files = {name: str(folder / name) for name in ("clips.tsv", "cines.npz", "views.tsv")}
    cines, views_file = {"cines": files["cines.npz"]}, {"views": files["views.tsv"]}
    jobs = {
        "ingest": timed(
            folder,
            "ingest",
            output={"clips": files["clips.tsv"], "inputs": str(folder / "inputs.tsv")} | cines,
            wildcards=names,
            params={
                "format": "simulated",
                "path": outputs["clips"],
                "settings": config["ingest"] | {"views": views},
                "overrides": {},
            },
        ),
        "classify_view": timed(
            folder,
            "classify_view",
            input={"clips": files["clips.tsv"], "models": models} | cines,
            output=views_file,
            params={
                "wanted": views,
                "settings": config["classify_view"],
                "overrides": [],
                "trust_stated": False,
                "repeats": cohort["repeats"],
            },
            threads=2,
        ),
    }
    errors = []
    for method, parts in config["methods"].items():
        network, motion = parts["segmentation"], parts["motion"]
        outlined = str(folder / f"segmentation.{network}.npz")
        tracks = str(folder / f"{motion}.{network}.npz")
        if f"segment.{network}" not in jobs:
            jobs[f"segment.{network}"] = timed(
                folder,
                "segment",
                input=cines | views_file | {"models": models},
                output={
                    "segmentation": outlined,
                    "quality": str(folder / f"quality.{network}.tsv"),
                },
                params={"network": network, "drawn": {}},
                wildcards=names,
                threads=config["segment"]["threads"],
            )
        if f"track.{motion}.{network}" not in jobs:
            jobs[f"track.{motion}.{network}"] = timed(
                folder,
                "track",
                input=cines | {"segmentation": outlined, "models": models},
                output={"tracks": tracks},
                params={"settings": config["track"]},
                wildcards={"motion": motion},
                threads=2,
            )
        jobs[f"measure.{method}"] = timed(
            folder,
            "measure",
            input=cines
            | views_file
            | {"clips": files["clips.tsv"], "segmentations": [outlined], "tracks": [tracks]},
            output={
                "fused": [str(folder / f"fused.{method}.npz")],
                "curve": [str(folder / f"{method}.tsv")],
                "measurements": [str(folder / f"{method}.measurements.tsv")],
                "quality": [str(folder / f"{method}.quality.tsv")],
            },
            params={
                "methods": {method: parts | {"options": fusion_options(config, method)}},
                "networks": [network],
                "motions": [(motion, network)],
                "options_of_stills": config["fuse"]["options"].get("none", {}),
                "wanted": views,
                "settings": config["strain"],
                "marks": {},
                "min_plausible": config["segment"]["min_plausible"],
            },
            wildcards=names,
        )
        errors.append((method, gls(folder / f"{method}.measurements.tsv") - true_gls(folder)))
    for method, error in errors:
        jobs[f"measure.{method}"]["gls_error"] = error
    (chosen,) = (row["clip"] for row in read_table(files["views.tsv"]) if row["chosen"] == "yes")
    frames = {row["clip"]: int(row["frames"]) for row in read_table(files["clips.tsv"])}
    return jobs, frames[chosen]


OUTPUTS = {
    "clips": "clips",
    "readers": "readers.tsv",
    "truth": "truth.npz",
    "covariates": "patient.tsv",
}


def gls(path: Path) -> float:
    (row,) = (r for r in read_table(path) if (r["measure"], r["segment"]) == ("gls", "global"))
    return float(row["value"] or "nan")


def true_gls(folder: Path) -> float:
    wanted = ("truth", "peak_systolic_strain", "global")
    (row,) = (
        r
        for r in read_table(folder / "readers.tsv")
        if (r["reader"], r["measure"], r["segment"]) == wanted
    )
    return float(row["value"])


def chain(method: str, parts: dict) -> list[str]:
    """The jobs of a method from view to GLS."""
    network = parts["segmentation"]
    track = f"track.{parts['motion']}.{network}"
    return ["classify_view", f"segment.{network}", track, f"measure.{method}"]


def stage_and_method_rows(measured: list[tuple[dict, int]], methods: dict) -> list[dict]:
    """Means over patients, a frame."""

    def row(kind, name, jobs):
        each = [
            [sum(1000 * jobs_of[job][key.replace("_ms", "_s")] for job in jobs) / frames for key in
             MEASURED[:4]]
            for jobs_of, frames in measured
        ]  # fmt: skip
        peak = max(jobs_of[job]["peak_mb"] for jobs_of, _ in measured for job in jobs)
        values = dict(zip(MEASURED, [*np.mean(each, axis=0), peak], strict=True))
        return {"kind": kind, "name": name, "n": len(measured)} | values

    rows = [row("stage", job, [job]) for job in measured[0][0]]
    for method, parts in methods.items():
        errors = [abs(jobs_of[f"measure.{method}"]["gls_error"]) for jobs_of, _ in measured]
        rows.append(
            row("method", method, chain(method, parts))
            | {
                "accuracy": float(np.mean(errors)),
                "accuracy_is": "mean absolute error of GLS, percentage points",
            }
        )
    return rows


def slower(rows: list[dict], history: list[dict], machine: str) -> list[str]:
    """What takes longer, by its ratio, than when it was last measured on such a processor."""
    last = {
        (row["kind"], row["name"]): row
        for row in history
        if row["machine"] == machine and row["ratio"]
    }
    lines = []
    for row in rows:
        before = last.get((row["kind"], row["name"]))
        if before and row["ratio"] > SLOWER * float(before["ratio"]):
            times = row["ratio"] / float(before["ratio"])
            lines.append(f"{row['kind']} {row['name']}: {times:.2f} x {before['date']}")
    return lines


def remember(history: Path, rows: list[dict], machine: str) -> list[dict]:
    """Add a run to the history; gives what was there before."""
    before = read_table(history) if history.is_file() else []
    head = {"date": datetime.date.today().isoformat(), "machine": machine}
    now = [{key: (row | head).get(key) for key in KEPT} for row in rows]
    write_table(history, before + now, KEPT)
    return before


def draw(path: Path, rows: list[dict], methods: dict) -> None:
    """Processor time a frame of each method, by stage, start-up in."""
    from matplotlib.figure import Figure

    cost = {row["name"]: row["cold_cpu_ms"] for row in rows if row["kind"] == "stage"}
    figure = Figure(figsize=(6, 0.8 + 0.5 * len(methods)), layout="constrained")
    axes = figure.subplots()
    left = np.zeros(len(methods))
    for place, stage in enumerate(("view", "outline", "motion", "fusion and strain")):
        widths = np.array([cost[chain(m, parts)[place]] for m, parts in methods.items()])
        axes.barh(list(methods), widths, left=left, label=stage, color=f"C{place}")
        left += widths
    axes.invert_yaxis()
    axes.set_xlabel("processor time a frame, start-up of each job included (ms)")
    axes.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False, fontsize=8)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=8, help="of frames, for the estimators")
    parser.add_argument("--methods", nargs="*", help="of the default study; without: all")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the results go")
    arguments = parser.parse_args()
    config, machine = default_config(), processor()
    chosen = arguments.methods or list(config["methods"])
    config["methods"] = {name: config["methods"][name] for name in chosen}
    measured = []
    with tempfile.TemporaryDirectory() as place:
        for number in range(1, arguments.patients + 1):
            folder = Path(place) / f"sim{number:02d}"
            folder.mkdir()
            measured.append(patient_jobs(folder, folder.name, config))
            print(f"{folder.name}: {measured[-1][1]} frames", flush=True)
        rows = stage_and_method_rows(measured, config["methods"])
        first, parts = Path(place) / "sim01", config["methods"].values()
        outlines = first / f"segmentation.{next(iter(parts))['segmentation']}.npz"
        motions = list(dict.fromkeys(one["motion"] for one in parts))
        rows += peers.motion_rows(first, outlines, first / "truth.npz", arguments.pairs, motions)
    rows += peers.graph_rows(["unet", "fast", "views", "refiner", "flownet2"])
    (unit,) = (row["warm_cpu_ms"] for row in rows if row["name"] == UNIT)
    for row in rows:
        row |= {"ratio": row["warm_cpu_ms"] / unit, "machine": machine}
    write_table(arguments.folder / "speed.tsv", rows, COLUMNS)
    draw(arguments.folder / "speed.svg", rows, config["methods"])
    before = remember(arguments.folder / "history.tsv", rows, machine)
    print(f"{machine}; wall time is {peers.load_of_machine():.1f} times what it is alone")
    for row in rows:
        print(
            f"{row['kind']:7s} {row['name']:28s} {row['warm_cpu_ms']:8.1f} ms {row['ratio']:7.2f}"
        )
    for line in slower(rows, before, machine):
        print(f"slower: {line}")


if __name__ == "__main__":
    main()
