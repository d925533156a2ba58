"""What the log of a Snakemake run (`.snakemake/log/`) says: jobs planned, running, done, failed."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from echogls.study import StudyError

_PLANNED = re.compile(r"(\w+) +(\d+)")
_STARTED = re.compile(r"(?:local)?(?:rule|checkpoint) (\w+):")
_FINISHED = re.compile(r"Finished jobid: (\d+) \(Rule: (\w+)\)")
_FAILED = re.compile(r"Error in rule (\w+):")
_ENDED = ("Complete log", "Exiting because", "Shutting down", "Nothing to be done")


@dataclass
class RunLog:
    """A run so far.

    Attributes
    ----------
    planned : rule -> jobs of this run, in the order of the plan.
    done, failed : rule -> jobs.
    running : number of a job -> its rule and what it is about (wildcards, "" for none).
    ended : whether the run said that it ends.
    """

    planned: dict[str, int] = field(default_factory=dict)
    done: Counter = field(default_factory=Counter)
    failed: Counter = field(default_factory=Counter)
    running: dict[str, tuple[str, str]] = field(default_factory=dict)
    ended: bool = False


def newest_log(folder: Path) -> Path:
    """The log of the last run in a working folder that had jobs and was no dry run.

    Raises StudyError if nothing ran there.
    """
    logs = sorted((folder / ".snakemake" / "log").glob("*.snakemake.log"), reverse=True)
    for log in logs:
        text = log.read_text(encoding="utf-8", errors="replace")
        if "Job stats:" in text and "This was a dry-run" not in text:
            return log
    raise StudyError(f"no run in '{folder}'; give the folder in which snakemake was started")


def read_log(text: str) -> RunLog:
    """A run from the text of its log, which may end in the middle of a line."""
    run = RunLog()
    planning, failing, rule, number = False, "", "", ""
    for line in text.splitlines():
        inside = line.startswith("    ")
        key, _, value = line.strip().partition(": ")
        if planning:
            if match := _PLANNED.fullmatch(line.strip()):
                if match[1] != "total":
                    run.planned[match[1]] = int(match[2])
            elif not line.startswith(("job ", "---")):
                planning = False
        elif line.startswith("Job stats:"):
            # A run with several lots of jobs lists each; the last is no plan but a summary.
            planning = not run.planned
        elif inside and key == "jobid" and failing:
            run.failed[failing] += 1
            run.running.pop(value, None)
            failing = ""
        elif inside and key == "jobid" and rule:
            number = value
            run.running[number] = (rule, "")
        elif inside and key == "wildcards" and number:
            run.running[number] = (rule, value)
        elif match := _STARTED.fullmatch(line):
            rule, number = match[1], ""
        elif match := _FINISHED.fullmatch(line):
            run.running.pop(match[1], None)
            run.done[match[2]] += 1
        elif match := _FAILED.match(line):
            failing, rule = match[1], ""
        elif line.startswith(_ENDED):
            run.ended = True
    return run
