"""`echogls inspect`: every clip of a folder or file, as ingest sees it."""

from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path

from echogls import cohorts
from echogls.command._guess import guess_format
from echogls.command._text_table import text_table
from echogls.manuscript.names import counted
from echogls.study import REASONS

HEADER = ("patient", "clip", "view", "frames", "fps", "mm/px", "size", "vendor", "status", "note")


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
    rows, reasons = [], Counter()
    for patient, path in shown:
        told, cines = cohorts.ingest_patient(source, path, {})
        for row in told:
            reasons[row["reason"]] += 1
            rows.append(_line(patient, row, cines.get(row["clip"])))
    print(
        f"{data}: format {source}, {counted(len(patients), 'patients')}, {counted(len(rows), 'clips')} looked at\n"
    )
    print(text_table(HEADER, rows))
    print(f"\nusable: {reasons.pop('', 0)}")
    for reason, n in reasons.most_common():
        print(f"excluded, {reason}: {n} ({REASONS[reason]})")
    if len(shown) < len(patients):
        print(f"not looked at: {len(patients) - len(shown)} patients")
    return 0


def _line(patient, row, cine):
    size = f"{row['columns']} x {row['rows']}" if row["rows"] else ""
    vendor = cine.provenance.get("manufacturer", "") if cine else ""
    status = row["status"] if not row["reason"] else f"{row['status']}: {row['reason']}"
    facts = (row["frames"], row["fps"], row["spacing_mm"], size, vendor, status, row["note"])
    return (patient, row["clip"], row["view"], *facts)
