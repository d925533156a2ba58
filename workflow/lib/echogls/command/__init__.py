"""The command `echogls`: looks at data, config and results before and after a study runs.

One file a subcommand; each has `add_arguments(parser)` and `run(arguments) -> int`, the exit
status: 0 fine, 1 problems were found, 2 it could not be run.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from echogls import __version__
from echogls.study import StudyError

# As in the jobs of a study (rules/common.smk): with more threads linear algebra adds in another
# order, and what is measured differs from the study's in the eleventh digit. numpy reads it when it
# is imported: after this.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Name of the subcommand -> its module and what it does.
COMMANDS = {
    "inspect": ("inspect", "show clips, frame rates, spacing, vendors, and what would be excluded"),
    "init": ("init", "write the config and sheets of a cohort for a folder, or a project folder"),
    "run": ("run", "run the study of this folder; further options are Snakemake's"),
    "readings": ("readings", "propose how to read a table or export of readings, and show it read"),
    "check": ("check", "list every problem of config, sheets and readings"),
    "keys": ("keys", "which PatientID is which patient, where files are grouped by it"),
    "measure": ("measure", "measure clips: GLS, segments, flags; overlay and curve beside them"),
    "demo-data": ("demo_data", "write a small folder in each source format (simulated)"),
    "progress": ("progress", "how far the run has come: stages, patients, what was excluded"),
    "summary": ("summary", "what a run measured and excluded, and where the report is"),
}


def main(words: Sequence[str] | None = None) -> int:
    """Run the command with its arguments (default: those of the process)."""
    parser = argparse.ArgumentParser(
        prog="echogls",
        description="Validation of automatic left-ventricular strain. Research use only.",
        epilog="A study is run by `echogls run`, or by snakemake; see README.md. De-identification "
        "of files is out of scope: EchoGLS only keeps names and dates out of its own results.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parts = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, does) in COMMANDS.items():
        one = parts.add_parser(name, help=does, description=does, allow_abbrev=False)
        chosen = importlib.import_module(f"{__name__}.{module}")
        chosen.add_arguments(one)
        one.set_defaults(run=chosen.run, passes_on=getattr(chosen, "PASSES_ON", False))
    arguments, arguments.passed_on = parser.parse_known_args(words)
    if arguments.passed_on and not arguments.passes_on:
        parser.error(f"{arguments.command}: unrecognized: {' '.join(arguments.passed_on)}")
    try:
        return arguments.run(arguments)
    except StudyError as error:
        print(f"echogls {arguments.command}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # | head
        return 0
