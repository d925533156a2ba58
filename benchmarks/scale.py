"""What a patient costs in a large cohort: `python benchmarks/scale.py`.

    python benchmarks/scale.py [--patients 10 100 1000] [--planned 10000] [--collected 10000]
                               [--methods best]

One patient is measured for real, on the clip inside pydicom; all others are links to that clip,
with that patient's results under their own names. scale.tsv has a row a measurement and number of
patients:

plan      `snakemake -n -q` of a cohort without any result
no-op     the same where all is done
fixed     a study of patients without a usable clip: all jobs, no frame of work
results   what one patient leaves on the disk, million bytes
collect   each job that makes a cohort's tables, figures and the report of the patients' tables

`cpu_s` is processor time of all processes, `peak_mb` memory (million bytes) of the largest one;
`slope_cpu_s` and `slope_mb` are what one more patient takes of them, fitted by least squares. Other
work beside makes processor time longer, by half and more where cores are shared. `make numbers`
puts the largest numbers of patients into docs/large_cohorts.md.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

import numpy as np
import yaml
from jobs import ROOT, processor, timed
from pydicom.data import get_testdata_file

from echogls.configuration import check_config
from echogls.names import known_names
from echogls.tables import write_table

HERE = Path(__file__).parent
COLUMNS = (
    *("kind", "name", "patients", "methods", "cpu_s", "wall_s", "peak_mb", "size_mb"),
    *("slope_cpu_s", "slope_mb", "processor"),
)
COHORT, FIRST = "large", "p00001"
TEXT = (".tsv", ".json", ".svg", ".log")


def names_of(count: int) -> list[str]:
    return [f"p{number:05d}" for number in range(1, count + 1)]


def make_cohort(folder: Path, count: int, methods: list[str], usable: bool = True) -> None:
    """A folder with a study's config, and `count` patients whose one file is the same clip."""
    clip = Path(get_testdata_file("examples_ybr_color.dcm", download=False))
    for name in names_of(count):
        patient = folder / "data" / name
        patient.mkdir(parents=True, exist_ok=True)
        if usable and not (patient / "clip.dcm").exists():
            (patient / "clip.dcm").symlink_to(clip)
    default = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    config = {
        "study": [COHORT],
        "cohorts": {COHORT: {"format": "dicom", "data": "data"}},
        "methods": {name: None for name in default["methods"] if name not in methods},
    }
    (folder / "my.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")


def snakemake(folder: Path, *words: str) -> dict[str, float]:
    """Run Snakemake on the study of a folder and say what all its processes took."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "lib")}
    began = time.perf_counter()
    with (folder / "said.txt").open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            [*command, "--cores", "2", "--configfile", "my.yaml", *words],
            cwd=folder,
            env=environment,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit((folder / "said.txt").read_text(encoding="utf-8"))
    return {
        "cpu_s": used.ru_utime + used.ru_stime,
        "wall_s": time.perf_counter() - began,
        "peak_mb": used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024),
    }


def copy_patient(measured: Path, results: Path, name: str) -> None:
    """The results of the measured patient as those of another one: its tables say its name, and
    what neither planning nor collecting reads is empty."""
    for file in (path for path in measured.rglob("*") if path.is_file()):
        to = results / COHORT / "patients" / name / file.relative_to(measured)
        to.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix in TEXT:
            text = file.read_text(encoding="utf-8").replace(FIRST, name)
            to.write_text(text, encoding="utf-8")
        else:
            to.touch()


def plan_rows(folder: Path, counts: list[int], methods: list[str]) -> list[dict]:
    rows = []
    for count in counts:
        place = folder / f"plan{count}"
        make_cohort(place, count, methods)
        rows.append({"kind": "plan", "patients": count} | snakemake(place, "-n", "-q"))
    return rows


def no_op_rows(folder: Path, measured: Path, counts: list[int], methods: list[str]) -> list[dict]:
    rows = []
    for count in counts:
        place = folder / f"done{count}"
        make_cohort(place, count, methods)
        shutil.copytree(measured.parents[2], place / "results")
        for name in names_of(count)[1:]:
            copy_patient(measured, place / "results", name)
        snakemake(place, "--touch", "-q")
        rows.append({"kind": "no-op", "patients": count} | snakemake(place))
        if "Nothing to be done" not in (said := (place / "said.txt").read_text(encoding="utf-8")):
            raise SystemExit(f"there was something to do:\n{said}")
        shutil.rmtree(place)
    return rows


def fixed_rows(folder: Path, methods: list[str]) -> list[dict]:
    rows = []
    for count in (1, 12):
        place = folder / f"empty{count}"
        make_cohort(place, count, methods, usable=False)
        rows.append({"kind": "fixed", "patients": count} | snakemake(place, "-q"))
    return rows


def collect_rows(
    folder: Path, measured: Path, count: int, methods: list[str], config: dict
) -> list[dict]:
    """Each job from the patients' tables to the cohort's, and the report."""
    results, names = folder / f"collected{count}" / "results", names_of(count)
    for name in names:
        copy_patient(measured, results, name)
    cohort = results / COHORT
    made = {path.stem: str(path) for path in map(cohort.joinpath, TABLES)}

    def each(*parts: str, **of: list[str]) -> list[str]:
        found = product(names, *of.values())
        stem = parts[0]
        keys = list(of)
        return [
            str(cohort / "patients" / name / stem.format(**dict(zip(keys, values, strict=True))))
            for name, *values in found
        ]

    sources = {name: str(cohort / f"{name}.tsv") for name in ("clips", "views")}
    jobs = sorted(path.stem for path in (measured / "benchmarks").glob("*.tsv"))
    raters = each("strain/{m}.measurements.tsv", m=methods)
    outlines = [p.name for p in measured.glob("quality*.tsv")]
    quality = each("{o}", o=outlines) + each("strain/{m}.quality.tsv", m=methods)
    common = {"wildcards": {"cohort": COHORT}}
    told = {"patients": names}
    (results / "run").mkdir(parents=True)
    shutil.copy(measured.parents[2] / "run" / "versions.tsv", results / "run")
    steps = [
        ("collect", "measurements", numbered(raters), {"0": made["measurements"]}, {}),
        ("collect", "quality", numbered(quality), {"0": made["quality"]}, {}),
        (
            "collect_clips",
            "",
            {name: each(f"{name}.tsv") for name in sources},
            sources,
            told,
        ),
        ("collect_view_confusion", "", sources, {"0": made["view_confusion"]}, told),
        (
            "collect_timing",
            "",
            sources | {"benchmarks": each("benchmarks/{j}.tsv", j=jobs)},
            {"0": made["timing"]},
            told | {"jobs": jobs, "methods": {m: jobs for m in methods}},
        ),
        (
            "collect_exclusions",
            "",
            sources | {key: made[key] for key in ("measurements", "quality")},
            {key: made[key] for key in ("exclusions", "flow")},
            told,
        ),
        (
            "collect_characteristics",
            "",
            sources | {key: made[key] for key in ("measurements", "quality", "timing")},
            {"0": made["characteristics"]},
            told | {"sheet": [{"patient": name} for name in names]},
        ),
        (
            "figures",
            "",
            {"curves": each("strain/{m}.tsv", m=methods)},
            {"0": str(cohort / "figures")},
            told | {"simulated": False, "methods": methods},
        ),
        (
            "report_page",
            "",
            {
                "models": str(ROOT / "workflow" / "models" / "models.yaml"),
                "versions": str(results / "run" / "versions.tsv"),
                "bullseyes": [],
            },
            {"0": str(results / "report.html")},
            {"config": config, "cohorts": {COHORT: False}, "patients": {COHORT: names}},
        ),
    ]
    rows = []
    for rule, name, taken, left, params in steps:
        took = timed(folder, rule, input=taken, output=left, params=params, runs=1, **common)
        rows.append(
            {
                "kind": "collect",
                "name": name or rule,
                "patients": count,
                "cpu_s": took["cold_cpu_s"] + took["warm_cpu_s"],
                "wall_s": took["cold_wall_s"] + took["warm_wall_s"],
                "peak_mb": took["peak_mb"],
                "size_mb": size_mb(Path(left["0"])) if "0" in left else None,
            }
        )
    return rows


TABLES = (
    "measurements.tsv",
    "quality.tsv",
    "view_confusion.tsv",
    "timing.tsv",
    "exclusions.tsv",
    "flow.tsv",
    "characteristics.tsv",
)


def numbered(files: list[str]) -> dict[str, str]:
    """Files without a name of their own, as `timed` takes them."""
    return {str(place): file for place, file in enumerate(files)}


def size_mb(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def with_slopes(rows: list[dict]) -> list[dict]:
    """Rows with the fitted processor time and memory of one more patient, where there are
    several."""
    told = []
    for row in rows:
        same = [r for r in rows if (r["kind"], r.get("name")) == (row["kind"], row.get("name"))]
        for slope, key in (("slope_cpu_s", "cpu_s"), ("slope_mb", "peak_mb")):
            if len(same) > 1 and all(key in r for r in same):
                x, y = ([float(r[of]) for r in same] for of in ("patients", key))
                row = row | {slope: float(np.polyfit(x, y, 1)[0])}
        told.append(row)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--planned", type=int, default=10_000)
    parser.add_argument("--collected", type=int, default=10_000)
    parser.add_argument("--methods", nargs="+", default=["best", "paper", "dis"])
    parser.add_argument("--folder", type=Path, default=HERE, help="where scale.tsv goes")
    arguments = parser.parse_args()
    methods, counts = arguments.methods, arguments.patients
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_cohort(folder / "one", 1, methods)
        snakemake(folder / "one", "-q")
        measured = folder / "one" / "results" / COHORT / "patients" / FIRST
        rows.append({"kind": "results", "patients": 1, "size_mb": size_mb(measured)})
        rows += fixed_rows(folder, methods)
        rows += plan_rows(folder, sorted({*counts, arguments.planned}), methods)
        rows += no_op_rows(folder, measured, counts, methods)
        config = yaml.safe_load((folder / "one/results/run/config.yaml").read_text("utf-8"))
        models = ROOT / "workflow" / "models"
        schema = ROOT / "workflow" / "schemas" / "config.schema.yaml"
        config = check_config(config, schema, known_names(models))
        for count in sorted({10, arguments.collected}):
            rows += collect_rows(folder, measured, count, methods, config)
        where = {"methods": " ".join(methods), "processor": processor()}
        rows = [where | row for row in with_slopes(rows)]
        write_table(arguments.folder / "scale.tsv", rows, COLUMNS)
        print((arguments.folder / "scale.tsv").read_text(encoding="utf-8"), flush=True)


if __name__ == "__main__":
    main()
