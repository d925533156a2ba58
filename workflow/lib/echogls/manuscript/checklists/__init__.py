"""Reporting checklists, filled from a run: what can be answered is, the rest is said missing.

One yaml file a checklist: title, source, and items with a short paraphrase (`asks`, quoted
where it has a comma) and, where the run can answer, an `answer` with the names of facts in
braces. A fact that the run lacks makes the item missing.
"""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from echogls.manuscript.evidence import Cohort
from echogls.strain.cycle import rules_of

FOLDER = Path(__file__).parent
COLUMNS = ("checklist", "item", "asks", "status", "answer")
MISSING = "missing: for the authors to state"


@dataclass(frozen=True)
class Checklist:
    """A filled checklist: (item, what it asks, status, answer) in its order."""

    title: str
    source: str
    rows: tuple[tuple[str, str, str, str], ...]

    @property
    def answered(self) -> int:
        """How many items the run answered."""
        return sum(row[2] == "answered" for row in self.rows)


def facts(config: Mapping, cohorts: Sequence[Cohort], numbers: Mapping[str, dict]) -> dict:
    """What a run knows that checklists ask for; text by name."""
    first = next((cohort for cohort in cohorts if cohort.tables["agreement"]), None)
    found = {
        "cohorts": ", ".join(f"{c.label} (n = {c.patients})" for c in cohorts),
        "methods": ", ".join(config["methods"]),
        "formats": ", ".join(sorted({config["cohorts"][c.name]["format"] for c in cohorts})),
        "min_frames": str(config["ingest"]["min_frames"]),
        "min_fps": str(config["ingest"]["min_fps"]),
        "gls": config["strain"]["gls"].replace("_", " "),
        "es_rule": ", else ".join(rules_of(config["strain"]["es_rule"])),
        "ed_rule": ", else ".join(config["strain"]["ed_rule"]).replace("_", " "),
        "drift": config["strain"]["drift"],
        "confidence": f"{100 * config['agreement']['confidence']:g} %",
        "multiplier": f"{config['agreement']['multiplier']:g}",
        "segmentations": ", ".join(sorted({m["segmentation"] for m in config["methods"].values()})),
        "dice": "; ".join(
            f"{name.split('.')[1]} {told['text']}"
            for name, told in numbers.items()
            if name.startswith("model.") and name.endswith(".myocardium_dice")
        ),
    }
    if config["agreement"]["margin"]:
        found["margin"] = f"{config['agreement']['margin']:g} points"
    if any(cohort.simulated for cohort in cohorts):
        found["simulated"] = ", ".join(cohort.name for cohort in cohorts if cohort.simulated)
    if first is None:
        return found
    method = first.methods[0]
    key = f"{first.name}.{first.reference_of(method)}.{method}"
    for statistic in ("bias", "sd", "loa_lower", "loa_upper", "icc_a1", "mae"):
        if f"{key}.{statistic}" in numbers:
            found[statistic] = numbers[f"{key}.{statistic}"].get(
                "interval", numbers[f"{key}.{statistic}"]["text"]
            )
    found["compared"] = f"{method} with {first.reference_of(method).replace('_', ' ')}"
    if first.readers:
        found["readers"] = str(len(first.readers))
    repeats = [name for name in first.readers if f"{first.name}.{name}.{name}.icc_a1" in numbers]
    if repeats:
        found["within"] = "; ".join(
            f"{name} {numbers[f'{first.name}.{name}.{name}.icc_a1']['interval']}"
            for name in repeats
        )
    if first.tables["subgroups"]:
        names = dict.fromkeys(row["covariate"] for row in first.tables["subgroups"])
        found["subgroups"] = ", ".join(names)
    return found


def filled(known: Mapping[str, str]) -> list[Checklist]:
    """Every checklist of the folder with the answers that `known` gives."""
    return [_filled(path, known) for path in sorted(FOLDER.glob("*.yaml"))]


def _filled(path, known):
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = []
    for number, entry in enumerate(told["items"], start=1):
        answer = entry.get("answer", "")
        wanted = {name for _, name, _, _ in string.Formatter().parse(answer) if name}
        if not answer or wanted - set(known):
            rows.append((str(number), entry["asks"], "missing", MISSING))
        else:
            rows.append((str(number), entry["asks"], "answered", answer.format(**known)))
    return Checklist(told["title"], told["source"], tuple(rows))
