"""Reporting checklists, filled from a run: what can be answered is, the rest is said missing.

One yaml file a checklist: title, source, `of` how many items the source has (where it counts
them), and items with a short paraphrase and, where the run can answer, an `answer` with the names
of facts in braces: a value, and the place in the draft. A fact that the run lacks makes the item
missing.
"""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from echogls import __version__
from echogls.manuscript.evidence import Cohort
from echogls.manuscript.findings import (
    in_words,
    limits_shown,
    main_pair,
    outside_words,
    statistics_of,
    typical_and_farthest,
)
from echogls.manuscript.wording import (
    counted,
    definition_words,
    plain,
    quantity_name,
    rater_name,
    source_words,
)

FOLDER = Path(__file__).parent
COLUMNS = ("checklist", "item", "asks", "status", "answer")
STATISTICS = ("bias", "sd", "loa_lower", "loa_upper", "icc_a1", "mae", "shapiro_wilk_p")
STATISTICS += ("breusch_pagan_p", "proportional_slope", "proportional_p")
MISSING = "missing: for the authors to state"


@dataclass(frozen=True)
class Checklist:
    """A filled checklist: (item, what it asks, status, answer) in its order."""

    title: str
    source: str
    rows: tuple[tuple[str, str, str, str], ...]
    of: int | None = None

    @property
    def asked(self) -> str:
        """How many of the source's items stand here."""
        n = len(self.rows)
        return f"all {n} items" if n == self.of else f"{n} of {self.of or 'its'} items"

    @property
    def answered(self) -> int:
        """How many items the run answered."""
        return sum(row[2] == "answered" for row in self.rows)


def facts(
    config: Mapping,
    cohorts: Sequence[Cohort],
    numbers: Mapping[str, dict],
    places: Mapping[tuple[str, str], int] | None = None,
) -> dict:
    """What a run knows that checklists ask for; text by name.

    `places` : (cohort, figure) -> number of the figure.
    """
    first = next((cohort for cohort in cohorts if cohort.tables["agreement"]), None)
    agreement = config["agreement"]
    answers = {
        "version": __version__,
        "cohorts": ", ".join(f"{c.label} (n = {c.patients})" for c in cohorts),
        "methods": ", ".join(map(rater_name, config["methods"])),
        "sources": ", ".join(
            sorted({source_words(config["cohorts"][c.name]["format"]) for c in cohorts})
        ),
        "min_frames": str(config["ingest"]["min_frames"]),
        "min_fps": str(config["ingest"]["min_fps"]),
        **definition_words(config["strain"]),
        "confidence": f"{100 * agreement['confidence']:g} %",
        "multiplier": f"{agreement['multiplier']:g}",
        "true_value": agreement["true_value"],
        "segmentations": ", ".join(
            sorted({plain(m["segmentation"]) for m in config["methods"].values()})
        ),
        "dice": "; ".join(
            f"{name.split('.')[1]} {cited['text']}"
            for name, cited in numbers.items()
            if name.startswith("model.") and name.endswith(".myocardium_dice")
        ),
        "excluded": "; ".join(f"{c.name}: {_excluded(c)}" for c in cohorts),
        "flow": "; ".join(f"{c.name}: {_flow(c, numbers)}" for c in cohorts),
    }
    if agreement["margin"]:
        answers["margin"] = f"{agreement['margin']:g} points"
    if any(cohort.simulated for cohort in cohorts):
        answers["simulated"] = ", ".join(cohort.name for cohort in cohorts if cohort.simulated)
    for name in ("flow", "agreement"):
        shown = [str(n) for (_, figure), n in (places or {}).items() if figure == name]
        if shown:
            answers[f"figure_{name}"] = f"figure{'s' if len(shown) > 1 else ''} {', '.join(shown)}"
    return answers if first is None else answers | _of_agreement(first, numbers)


def _of_agreement(cohort, numbers):
    """Facts of the first cohort in which raters are compared."""
    answers = {}
    if pair := main_pair(cohort):
        one, two = pair
        key = f"{cohort.name}.{one}.{two}"
        for name in STATISTICS:
            if cited := numbers.get(f"{key}.{name}"):
                answers[name] = cited.get("interval", cited["text"])
        answers["compared"] = f"{rater_name(two)} with {in_words(one)}"
        if limits_shown(statistics_of(cohort, one, two), len(cohort.pairs(one, two))):
            answers["outside"] = outside_words(cohort, one, two)
        if pairs := cohort.pairs(one, two):
            answers["farthest"] = typical_and_farthest(pairs)[1]
    if cohort.readers:
        n = {row["repeat"] or "1" for row in cohort.tables["readers"] if row["rater"] != "truth"}
        simulated = "simulated " if cohort.simulated else ""
        answers["readers"] = counted(len(cohort.readers), f"{simulated}readers")
        answers["readings"] = f"{answers['readers']}, up to {counted(len(n), 'readings')} each"
    repeats = {name: f"{cohort.name}.{name}.{name}.icc_a1" for name in cohort.readers}
    within = [
        f"{rater_name(n)} {numbers[k]['interval']}" for n, k in repeats.items() if k in numbers
    ]
    if within:
        answers["within"] = "; ".join(within)
    if cohort.tables["subgroups"]:
        names = dict.fromkeys(row["covariate"] for row in cohort.tables["subgroups"])
        answers["subgroups"] = "; ".join(map(quantity_name, names))
    return answers


def _excluded(cohort):
    """Clips and measurements left out."""
    rows = [row for row in cohort.tables["exclusions"] if row["stage"] != "agreement"]
    clips = sum(bool(row["clip"]) for row in rows)
    return f"{counted(clips, 'clips')} and {counted(len(rows) - clips, 'values')} left out"


def _flow(cohort, numbers):
    """Who entered and whom the first method measured."""
    n = numbers.get(f"{cohort.name}.measured.{cohort.primary}", {}).get("text", "0")
    return f"{counted(cohort.patients, 'patients')} entered, {n} measured"


def answer_rows(lists: Sequence[Checklist]) -> list[dict]:
    """Every item of filled checklists as a row with COLUMNS."""
    return [dict(zip(COLUMNS, (one.title, *row), strict=True)) for one in lists for row in one.rows]


def filled(answers: Mapping[str, str]) -> list[Checklist]:
    """Every checklist of the folder with the answers that these facts give."""
    return [_filled(path, answers) for path in sorted(FOLDER.glob("*.yaml"))]


def _filled(path, answers):
    checklist = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = []
    for number, entry in enumerate(checklist["items"], start=1):
        answer = entry.get("answer", "")
        wanted = {name for _, name, _, _ in string.Formatter().parse(answer) if name}
        if not answer or wanted - set(answers):
            rows.append((str(number), entry["asks"], "missing", MISSING))
        else:
            rows.append((str(number), entry["asks"], "answered", answer.format(**answers)))
    return Checklist(checklist["title"], checklist["source"], tuple(rows), checklist.get("of"))
