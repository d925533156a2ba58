"""`echogls keys`: which PatientID is which patient, where a cohort is grouped by PatientID.

Printed, and written nowhere: such a list belongs where the recordings are.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from echogls import cohorts
from echogls.command.check import merged_config, own_files
from echogls.study import StudyError, nearest


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("cohort", help="a cohort of the config with `group_by: patient_id`")
    parser.add_argument(
        "--config", type=Path, action="append", default=[], help="your config; several may be given"
    )


def run(arguments: Namespace) -> int:
    """Print a line a patient: the key, a tab, the PatientID."""
    blocks = merged_config(own_files(arguments.config)).get("cohorts", {})
    if arguments.cohort not in blocks:
        hint = nearest(arguments.cohort, blocks)
        raise StudyError(f"cohort '{arguments.cohort}' is not in the config{hint}")
    entry = blocks[arguments.cohort]
    if entry.get("group_by") != "patient_id":
        raise StudyError(f"cohort '{arguments.cohort}' is not grouped by PatientID (group_by)")
    from echogls.cohorts._dicom_patients import patient_identity

    for patient, row in cohorts.cohort_patients(entry, None).items():
        print(f"{patient}\t{patient_identity(row['path'][0]) or '(no PatientID)'}")
    return 0
