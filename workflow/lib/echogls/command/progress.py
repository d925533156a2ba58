"""`echogls progress`: stages and patients done of the run that goes on in a folder."""

import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path

from echogls.command._run_log import RunLog, newest_log, read_log
from echogls.command._text_table import text_table
from echogls.tables import read_table

BAR = 20  # characters
CLEAR = "\033[2J\033[H"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), help="of the run (here)")
    parser.add_argument(
        "--watch", type=float, metavar="S", help="show it again every S seconds until it ends"
    )


def run(arguments: Namespace) -> int:
    """Print how far the last run has come; 1 if a job failed."""
    while True:
        log = newest_log(arguments.folder)
        log_state = read_log(log.read_text(encoding="utf-8", errors="replace"))
        quiet_s = time.time() - log.stat().st_mtime
        if arguments.watch and sys.stdout.isatty():
            print(CLEAR, end="")
        print(
            "\n".join(progress_lines(log_state, arguments.folder / "results", quiet_s)), flush=True
        )
        if not arguments.watch or log_state.ended:
            return 1 if log_state.failed else 0
        time.sleep(arguments.watch)


def progress_lines(run: RunLog, results: Path, quiet_s: float) -> list[str]:
    """A line a stage, what is worked on, and what ingest has excluded up to now."""
    rows = []
    for stage, jobs in run.planned.items():
        done, failed = run.done[stage], run.failed[stage]
        about = [what for rule, what in run.running.values() if rule == stage]
        full = "#" * (BAR * done // max(jobs, 1))
        now = "; ".join(_patient(what) for what in about if what) or ("..." if about else "")
        rows.append((stage, f"{done} of {jobs}", f"{full:.<{BAR}}", failed or "", now))
    lines = [text_table(("stage", "done", "", "failed", "now"), rows)] if rows else []
    total, done = sum(run.planned.values()), run.done.total()
    state = "ended" if run.ended else f"last heard of {quiet_s:.0f} s ago"
    lines.append(f"\n{done} of {total} jobs done, {len(run.running)} running; {state}")
    for (cohort, reason), n in _excluded(results).most_common():
        lines.append(f"{cohort}: excluded at ingest, {reason}: {n} clips")
    if run.failed:
        lines.append("failed jobs say why in results/{cohort}/patients/{patient}/logs/")
    if run.ended:
        lines.append("echogls summary tells what was measured")
    return lines


def _patient(wildcards: str) -> str:
    """The patient of a job's wildcards, or all of them where there is none."""
    parts = dict(part.split("=", 1) for part in wildcards.split(", ") if "=" in part)
    return parts.get("patient", wildcards)


def _excluded(results: Path) -> Counter:
    """(cohort, reason) -> clips, as far as patients have been ingested."""
    counts: Counter = Counter()
    for file in results.glob("*/patients/*/clips.tsv"):
        try:
            rows = read_table(file)
        except OSError:  # made anew at this moment
            continue
        counts.update((file.parents[2].name, row["reason"]) for row in rows if row["reason"])
    return counts
