"""`echogls summary`: what a run measured, what it excluded and why, and where the report is."""

from argparse import ArgumentParser, Namespace
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

from echogls import cohorts
from echogls.manuscript.evidence import read_cohort
from echogls.manuscript.findings import in_words, statistics_of
from echogls.manuscript.rounding import interval, plus_minus
from echogls.sheets import read_sheet
from echogls.study import (
    AVERAGE_VIEW,
    DOUBTS,
    REASONS,
    SEGMENT_DOUBTS,
    StudyError,
    headline_view,
    split_reasons,
)
from echogls.tables import read_table


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "results", type=Path, nargs="?", default=Path("results"), help="of the run (results)"
    )


def run(arguments: Namespace) -> int:
    """Print the summary."""
    print("\n".join(summary_lines(arguments.results)))
    return 0


def _counted(rows) -> dict[tuple[str, str], str]:
    """(stage, reason) -> how many patients, and of more clips than patients how many clips; a
    patient whom several methods could not measure is one."""
    seen: dict[tuple[str, str], set[str]] = {}
    clips: Counter = Counter()
    for row in rows:
        key = row["stage"], row["reason"]
        seen.setdefault(key, set()).add(row.get("patient", ""))
        clips[key] += bool(row.get("clip"))
    counted = {}
    for key, patients in sorted(seen.items(), key=lambda item: -len(item[1])):
        counted[key] = f"{len(patients)} patient{'s' * (len(patients) > 1)}"
        if clips[key] > len(patients):
            counted[key] += f", {clips[key]} clips"
    return counted


def unlisted_lines(config: Mapping) -> list[str]:
    """A line for each cohort of the study whose sheet lacks patients that its data has, which
    were not measured.

    config : checked (`configuration.check_config`).
    """
    lines = []
    for name in config["study"]:
        entry = config["cohorts"][name]
        if entry["format"] == "simulated" or not entry["patients"]:
            continue
        try:
            rows = cohorts.cohort_patients(entry, read_sheet(Path(entry["patients"])))
            unlisted = list(cohorts.unlisted(entry, rows))
        except StudyError:
            continue
        if unlisted:
            shown = ", ".join(unlisted[:5]) + (" ..." if len(unlisted) > 5 else "")
            lines.append(
                f"{name}: not measured, for {entry['patients']} lacks them: {len(unlisted)} of its "
                f"data ({shown}); `echogls init {name} --update` adds them"
            )
    return lines


def summary_lines(results: Path) -> list[str]:
    """Of each cohort and method what was measured, GLS and bias, its flags, a line a reason, and
    where to look.

    Raises StudyError where no cohort has been measured.
    """
    files = sorted(results.glob("*/measurements.tsv"))
    if not files:
        raise StudyError(f"no measurements.tsv under '{results}'; run the study first")
    lines = []
    for file in files:
        cohort = file.parent
        by_rater: dict[str, dict[str, bool]] = {}
        doubts: dict[str, Counter] = defaultdict(Counter)
        flagged: Counter = Counter()
        of_segments: dict[str, Counter] = defaultdict(Counter)
        rows = read_table(file)
        view = headline_view(rows)
        for row in rows:
            if row.get("measure") == "peak_systolic_strain" and row["status"] == "ok":
                reasons = split_reasons(row["reason"])
                of_segments[row["rater"]].update(r for r in reasons if r in SEGMENT_DOUBTS)
            if row.get("view", "") != view:
                continue
            seen = by_rater.setdefault(row["rater"], {})
            seen[row["patient"]] = seen.get(row["patient"], False) or row["status"] == "ok"
            if row["status"] == "ok" and row.get("measure") == "gls":
                doubts[row["rater"]].update(r for r in split_reasons(row["reason"]) if r in DOUBTS)
                flagged[row["rater"]] += any(r in DOUBTS for r in split_reasons(row["reason"]))
        for rater, seen in by_rater.items():
            of_views = " in all views" if view == AVERAGE_VIEW else ""
            measured = f"{sum(seen.values())} of {len(seen)}{of_views}"
            doubtful = f", {flagged[rater]} of them flagged" if flagged[rater] else ""
            lines.append(f"{cohort.name}: {rater} measured {measured}{doubtful}")
            lines += _gls_lines(cohort, rater, tuple(by_rater))
            for reason, n in doubts[rater].most_common():
                lines.append(f"  flagged, {reason}: {n} ({REASONS[reason]})")
            for reason, n in of_segments[rater].most_common():
                lines.append(f"  segments flagged, {reason}: {n} ({REASONS[reason]})")
        exclusions = cohort / "exclusions.tsv"
        if exclusions.is_file():
            for (stage, reason), count in _counted(read_table(exclusions)).items():
                meaning = REASONS.get(reason, "")
                lines.append(f"  excluded at {stage}, {reason}: {count} ({meaning})")
    for name in ("report.html", "manuscript/manuscript.pdf"):
        if (results / name).is_file():
            lines.append(f"{name.rpartition('/')[2]}: {results / name}")
    return lines


def _gls_lines(folder: Path, rater: str, methods: tuple[str, ...]) -> list[str]:
    """A method's GLS, and its bias against the truth, the mean of readers, or a reader."""
    cohort = read_cohort(folder, simulated=False, methods=methods)
    mean, sd = (cohort.characteristic("gls", name, rater=rater) for name in ("mean", "sd"))
    if not mean:
        return []
    line = f"  GLS {plus_minus(mean, sd)} %"
    reference = cohort.reference_of(rater)
    row = statistics_of(cohort, reference, rater).get("bias") if reference else None
    if row and row["estimate"]:
        bias = interval(row, sign=True)
        line += f"; bias against {in_words(reference)} {bias} points, n = {row['n']}"
    return [line]
