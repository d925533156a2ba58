"""`echogls inspect`: every clip of a folder or file, as ingest sees it."""

from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path

from echogls import cohorts
from echogls.cohorts._guess import guess_format
from echogls.command._text_table import text_table
from echogls.manuscript.names import counted
from echogls.study import REASONS

HEADER = (
    "patient",
    "clip",
    "view",
    "frames",
    "fps",
    "mm/px",
    "size",
    "depth mm",
    "vendor",
    "status",
    "note",
)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("data", type=Path, help="a folder with one subfolder or file a patient")
    parser.add_argument("--format", help="source format; guessed if not given")
    parser.add_argument("--patients", type=int, metavar="N", help="look at the first N only")


def run(arguments: Namespace) -> int:
    """Print a row a clip, then how many can be used and why others cannot."""
    data = arguments.data
    source = arguments.format or guess_format(data)
    patients = cohorts.list_patients(source, data)
    shown = list(patients.items())[: arguments.patients]
    rows, reasons, flags = [], Counter(), Counter()
    for patient, path in shown:
        clips, _ = cohorts.ingest_patient(source, path, {})
        for row in clips:
            reasons[row["reason"]] += 1
            flags.update(row["flags"].split())
            rows.append(_line(patient, row))
    looked = f"{counted(len(patients), 'patients')}, {counted(len(rows), 'clips')}"
    print(f"{data}: format {source}, {looked} looked at\n")
    print(text_table(HEADER, rows))
    print(f"\nusable: {reasons.pop('', 0)}")
    for reason, n in reasons.most_common():
        print(f"excluded, {reason}: {n} ({REASONS[reason]})")
    for flag, n in flags.most_common():
        print(f"used, but {flag}: {n} ({REASONS[flag]})")
    if len(shown) < len(patients):
        print(f"not looked at: {len(patients) - len(shown)} patients")
    return 0


def _line(patient, row):
    size = f"{row['columns']} x {row['rows']}" if row["rows"] else ""
    depth = f"{row['depth_mm']:.0f}" if row["depth_mm"] else ""
    why = row["reason"] or row["flags"]
    status = f"{row['status']}: {why}" if why else row["status"]
    facts = (row["frames"], row["fps"], row["spacing_mm"], size, depth, row["vendor"], status)
    return (patient, row["clip"], row["view"], *facts, row["note"])
