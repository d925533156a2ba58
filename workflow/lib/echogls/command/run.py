"""`echogls run`: the study of this folder, by Snakemake; its options and targets are passed on."""

import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from echogls.command.check import HERE
from echogls.command.summary import summary_lines
from echogls.places import PROFILE, SNAKEFILE
from echogls.study import StudyError

PASSES_ON = True
OWN_SNAKEFILES = ("Snakefile", "workflow/Snakefile")
RESULTS = Path("results")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--cores", "-c", default="all", metavar="N", help="cores to use at most (all)"
    )
    parser.usage = "echogls run [--cores N] [options and targets of snakemake]"


def run(arguments: Namespace) -> int:
    """Snakemake's own exit status."""
    command = snakemake_command(Path(), arguments.cores, arguments.passed_on)
    done = subprocess.run(command, check=False, env=os.environ | {"PYTHONUTF8": "1"}).returncode
    by_module = str(SNAKEFILE) not in command  # then Snakemake does not end with what came out
    if done == 0 and by_module and any(RESULTS.glob("*/measurements.tsv")):
        print("\n".join(summary_lines(RESULTS)))
    return done


def snakemake_command(folder: Path, cores: str, passed_on: list[str]) -> list[str]:
    """The words that run the study of a folder: by its own Snakefile if it has one, else by the
    workflow with the folder's config.yaml.

    Raises StudyError where neither is there.
    """
    command = [sys.executable, "-m", "snakemake", "--cores", cores]
    if not any(option in passed_on for option in ("--snakefile", "-s")):
        own = next((name for name in OWN_SNAKEFILES if (folder / name).is_file()), None)
        named = any(option.startswith("--config") for option in passed_on)
        if own is None and not named and not (folder / HERE).is_file():
            raise StudyError(
                f"no Snakefile and no {HERE} in '{folder.resolve()}'; go to the study's folder, or "
                "make one: echogls init study FOLDER"
            )
        if own is None:
            command += ["--snakefile", str(SNAKEFILE)]
            command += [] if named else ["--configfile", str(HERE)]
    if not any(option.startswith("--workflow-profile") for option in passed_on):
        command += (
            ["--workflow-profile", str(PROFILE)] if not (folder / "profiles").is_dir() else []
        )
    # Words that Snakemake would take for more values of an option before them come first.
    targets = [] if "--" in passed_on else _leading_targets(passed_on)
    return [*command, *passed_on[len(targets) :], *(["--", *targets] if targets else [])]


def _leading_targets(words: list[str]) -> list[str]:
    first = next((k for k, word in enumerate(words) if word.startswith("-")), len(words))
    return words[:first]
