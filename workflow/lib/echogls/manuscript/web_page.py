"""The report of a run: one HTML file that holds all it shows, and asks nobody for anything.

Everything is drawn and rounded here; the page's script only chooses, sorts, filters and plays,
so that the page can be read without it, too.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from echogls import __version__
from echogls.manuscript import citations
from echogls.manuscript.checklists import Checklist
from echogls.manuscript.evidence import Cohort
from echogls.manuscript.published import paper
from echogls.manuscript.rounding import interval, limits
from echogls.manuscript.tables.table import SIGN_NOTE, Table
from echogls.manuscript.typeset import TEMPLATES, template

STUDY_FILES = (
    ("manuscript/manuscript.pdf", "the draft, typeset; its source manuscript.typ lies beside it"),
    ("manuscript/tables.xlsx", "all tables, a sheet each"),
    ("manuscript/numbers.yaml", "every figure that page and draft cite"),
    ("run/config.yaml", "the config of this run"),
)
COHORT_FILES = {
    "measurements": "what each method measured, in full precision, and why not",
    "readers": "what readers measured, and the truth where it is known",
    "pairs": "both values and the difference of each pair of raters, patient by patient",
    "agreement": "every statistic of every pair, with interval, n and formula",
    "exclusions": "what was left out, where and why",
}
TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
SHOWN_AT = 1.5  # of the size of print: letters of 7 points are 14 pixels high
SIZE = re.compile(r'<svg[^>]*?width="([\d.]+)pt" height="([\d.]+)pt"', re.DOTALL)
PIXELS_A_POINT = 96 / 72  # of CSS


def data_url(path: Path) -> str:
    """An image file as a data URL."""
    code = base64.b64encode(Path(path).read_bytes()).decode("ascii")
    return f"data:{TYPES[Path(path).suffix]};base64,{code}"


def shown_figure(path: Path, caption: str, spoken: str = "") -> dict:
    """A figure as an image: its data, the width in pixels at which its letters can be read,
    the width below which it is moved rather than made smaller, caption and alternative text."""
    size = SIZE.search(Path(path).read_text(encoding="utf-8")[:2000])
    width = float(size[1]) * PIXELS_A_POINT if size else 600.0
    return {
        "data": data_url(path),
        "width": round(SHOWN_AT * width),
        "least": round(width),
        "caption": caption,
        "spoken": spoken or caption,
    }


def paper_card() -> dict:
    """Ostvik's result beside ours."""
    theirs = paper()
    bias = interval(theirs["bias"], 1, sign=True)
    value, _, rest = bias.partition(" (")
    return {
        "title": f"{theirs['label'].split(',')[0]}: method \N{MINUS SIGN} EchoPAC",
        "value": value,
        "interval": f"95 % CI {rest.rstrip(')')} (derived)",
        "limits": f"limits {limits(theirs)} (derived)",
        "n": theirs["patients"],
        "data": "other data, real patients",
    }


def files_of(cohorts: Sequence[Cohort]) -> list[tuple[str, str]]:
    """Places under results/ as the page links them, and what is there."""
    places = [(place, what) for place, what in STUDY_FILES]
    for cohort in cohorts:
        places += [
            (f"{cohort.name}/{name}.tsv", what)
            for name, what in COHORT_FILES.items()
            if cohort.tables[name]
        ]
    return places


def report_page(
    *,
    methods: Sequence[str],
    results: Sequence[str],
    tables: Sequence[Table],
    figures: Sequence[Mapping],
    checklists: Sequence[Checklist],
    simulated: Sequence[str],
    cohorts: Sequence[Mapping] = (),
    glossary: Sequence[tuple[str, str]] = (),
    files: Sequence[tuple[str, str]] = (),
    versions: Sequence[tuple[str, str]] = (),
    **others: object,
) -> str:
    """The page as text.

    Parameters
    ----------
    figures : dicts of `shown_figure`.
    cohorts : dicts of page.block.cohort_block.
    glossary : words and what they mean. files : places under results/ and what is there.
    versions : packages and models of the run.
    others : parts of a draft that it does not show (see draft.parts_of).
    """
    texts = " ".join([*methods, *results, *(meaning for _, meaning in glossary)])
    cited = dict.fromkeys(citations.keys(texts))
    read = {name: (TEMPLATES / name).read_text("utf-8") for name in ("report.css", "report.js")}
    return template("report.html.jinja", escape_html=True).render(
        methods=methods,
        results=results,
        tables=tables,
        figures=figures,
        checklists=checklists,
        simulated=simulated,
        cohorts=cohorts,
        glossary=glossary,
        files=files,
        versions=versions,
        references=[citations.long(key) for key in cited],
        paper=paper_card(),
        version=__version__,
        sign=SIGN_NOTE,
        style=read["report.css"],
        script=read["report.js"],
    )
