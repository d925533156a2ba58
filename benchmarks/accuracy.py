"""The numbers that README, docs and cards cite: one row each in benchmarks/accuracy/*.tsv.

    python benchmarks/accuracy.py results/simulated [--condition "default study"] [--file simulated]

writes what a study of simulated patients found of each method: the error of GLS against the truth
(bias, SD, n), of segments, and how often the error that a method states of itself holds. carried.py
and real.py write theirs with `--record`. `python docs/fill_numbers.py` fills the texts from the
tables.
"""

import argparse
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from echogls.study import STATED_ERRORS
from echogls.tables import read_table, write_table

FOLDER = Path(__file__).parent / "accuracy"
# What a number is of, and the number: a value with its SD (ddof 1) or its lowest and highest.
KEY = ("data", "condition", "method", "quantity")
COLUMNS = (*KEY, "n", "value", "sd", "low", "high", "unit", "version", "command")
TRUTH = "truth"
SEGMENTAL = "peak_systolic_strain_"


def record(rows: Iterable[dict], file: str, folder: Path = FOLDER) -> None:
    """Write rows into folder/file.tsv, each in the place of the one of the same KEY."""
    path = folder / f"{file}.tsv"
    known = read_table(path) if path.is_file() else []
    rows = {tuple(str(row[name]) for name in KEY): row for row in [*known, *rows]}
    write_table(path, rows.values(), COLUMNS)


def command_of(script: str, arguments: Sequence[str], data: Path, named: str) -> str:
    """The command line that was run, with the folder of data called what it holds."""
    words = [named if word == str(data) else word for word in arguments]
    return shlex.join(["python", f"benchmarks/{script}", *words])


def version() -> str:
    """The library's version, of which the numbers are."""
    from importlib.metadata import version as of

    return of("echogls")


def error_row(errors: Sequence[float], **head) -> dict:
    """The row of GLS errors (method - truth, percentage points); NaN are left out, n counts."""
    errors = np.asarray(errors, float)
    errors = errors[np.isfinite(errors)]
    sd = errors.std(ddof=1) if len(errors) > 1 else float("nan")
    head |= {"quantity": "gls_error", "unit": "points", "version": version()}
    return head | {"n": len(errors), "value": errors.mean(), "sd": sd}


def study_rows(cohort: Path, condition: str, command: str) -> list[dict]:
    """What agreement.tsv and measurements.tsv of a cohort with a truth say of its methods."""
    head = {"data": "simulated", "condition": condition, "command": command}
    head |= {"version": version()}
    agreement = [
        row
        for row in read_table(cohort / "agreement.tsv")
        if (row["comparison"], row["rater_1"]) == ("method_truth", TRUTH) and row["estimate"]
    ]
    stated: dict[tuple[str, str], list[float]] = {}
    for row in read_table(cohort / "measurements.tsv"):
        if row["measure"] in STATED_ERRORS and row["value"]:
            stated.setdefault((row["rater"], row["measure"]), []).append(float(row["value"]))
    rows = []
    for method in dict.fromkeys(row["rater_2"] for row in agreement):
        results = {
            (row["measure"], row["statistic"]): row for row in agreement if row["rater_2"] == method
        }
        head["method"] = method
        bias = results["gls", "bias"]
        gls = {"quantity": "gls_error", "value": bias["estimate"], "n": bias["n"], "unit": "points"}
        rows.append(head | gls | {"sd": results["gls", "sd"]["estimate"]})
        segments = [
            (float(row["estimate"]), int(row["n"]))
            for (measure, statistic), row in results.items()
            if measure.startswith(SEGMENTAL) and statistic == "mae"
        ]
        if segments:
            sizes, counts = np.array(segments).T
            error = {"quantity": "segment_error_mean_absolute", "n": int(counts.sum())}
            error["value"] = np.average(sizes, weights=counts)
            rows.append(head | error | {"unit": "points"})
        for measure in STATED_ERRORS:
            if (measure, "stated_covers") in results:
                covers = results[measure, "stated_covers"]
                n = int(covers["n"])
                mean = {"quantity": measure, "value": np.mean(stated[method, measure]), "n": n}
                rows.append(head | mean | {"unit": "points"})
                count = {"quantity": f"{measure}_covers", "unit": "patients", "n": n}
                rows.append(head | count | {"value": round(float(covers["estimate"]) * n)})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", type=Path, help="results of a simulated cohort")
    parser.add_argument("--condition", default="default study", help="what was measured")
    parser.add_argument("--file", default="simulated", help="table in benchmarks/accuracy")
    arguments = parser.parse_args()
    command = f"python benchmarks/accuracy.py {arguments.cohort}"
    if arguments.condition != "default study":
        command += f' --condition "{arguments.condition}" --file {arguments.file}'
    rows = study_rows(arguments.cohort, arguments.condition, command)
    record(rows, arguments.file)
    print(f"{len(rows)} rows: {FOLDER / arguments.file}.tsv; now python docs/fill_numbers.py")


if __name__ == "__main__":
    main()
