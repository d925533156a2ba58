"""A cohort on the page: its sentence, cards, plots, table of patients, and patients."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.findings import (
    cards,
    gls_by_rater,
    headline,
    main_pair,
    typical_and_farthest,
)
from echogls.manuscript.page import people
from echogls.manuscript.web_page import data_url


def cohort_block(
    cohort: Cohort,
    numbers: Mapping[str, dict],
    *,
    names: Sequence[str],
    files: Mapping[str, Mapping[str, Path]],
    results: Path,
    allowed: float | None = None,
) -> dict:
    """What the page's template asks for of one cohort.

    Parameters
    ----------
    names : the sheet's patients.
    files : patient -> `viewer` (JSON), `movie` (WebP), and `bullseye` (SVG) where there is one.
    results : the folder of the page; links are as seen from it.
    allowed : difference allowed beforehand, percentage points.
    """
    names = people.all_patients(cohort, names)
    shown = [name for name in people.inside(cohort, names) if name in files]
    links = {}
    for name in names:
        if name in shown:
            links[name] = f"#{people.section_id(cohort, name)}"
        elif name in files:
            links[name] = Path(files[name]["movie"]).relative_to(results).as_posix()
        else:
            links[name] = ""
    pair = main_pair(cohort)
    pairs = cohort.pairs(*pair) if pair else []
    first = typical_and_farthest(pairs) if pairs else tuple(shown[:1])
    values, codes = gls_by_rater(cohort), people.flagged(cohort)
    sections = [
        people.section(
            cohort,
            name,
            people.read_views(files[name]["viewer"]),
            values,
            codes.get(name, ()),
            files[name].get("bullseye", ""),
            Path(files[name]["movie"]).relative_to(results).as_posix(),
        )
        for name in shown
    ]
    return {
        "name": cohort.name,
        "label": cohort.label,
        "simulated": cohort.simulated,
        "headline": headline(cohort, numbers),
        "cards": cards(cohort, numbers),
        "pairs": people.pair_choices(cohort, links, allowed),
        "people": people.rows(cohort, names, links),
        "sections": sections,
        "printed": list(first),
        "opened": first[-1] if first else "",
        "left_out": len(names) - len(shown),
    }


def patient_files(
    results: Path, cohort: Cohort, patients: Sequence[str], bullseyes: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Patient -> what the page shows of it, by the first method: `viewer` and `movie`, where they
    are, and `bullseye`, a data URL.

    bullseyes : the pictures that there are.
    """
    files = {}
    for patient in patients:
        stem = results / cohort.name / "patients" / patient / "strain" / cohort.primary
        files[patient] = {"viewer": f"{stem}.viewer.json", "movie": f"{stem}.overlay.webp"}
        if f"{stem}.bullseye.svg" in bullseyes:
            files[patient]["bullseye"] = data_url(f"{stem}.bullseye.svg")
    return files
