"""A draft of Methods and Results as a typeset page: Typst source, and the PDF made from it."""

import re
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from echogls.manuscript.checklists import Checklist
from echogls.manuscript.tables.table import Table

TEMPLATES = Path(__file__).with_name("templates")
NO_BREAK = "\N{NO-BREAK SPACE}"
INTERVAL = re.compile(r"[-+\N{MINUS SIGN}\d.]+ (\(.+ to .+\)|to .+|± .+)")
SPECIAL = "\\#$*_`<>@[]~/\"'=-+"  # what Typst would take for markup in a text


def typst_text(text: str) -> str:
    """Text as Typst markup that shows exactly it.

    Example
    -------
    >>> typst_text("sim_01 #2")
    'sim\\\\_01 \\\\#2'
    """
    return "".join(f"\\{letter}" if letter in SPECIAL else letter for letter in text)


def unbroken(text: str) -> str:
    """An interval that stays on one line; other text as it is.

    Example
    -------
    >>> unbroken("+0.6 (-0.1 to +1.3)").count(" "), unbroken("ED to ES").count(" ")
    (0, 2)
    """
    return text.replace(" ", NO_BREAK) if INTERVAL.fullmatch(text) else text


def template(name: str, *, escape_html: bool) -> object:
    """A template of the folder, ready to render; an unknown name in it is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=escape_html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["typst"] = typst_text
    environment.filters["unbroken"] = unbroken
    return environment.get_template(name)


def manuscript_source(
    *,
    methods: Sequence[str],
    results: Sequence[str],
    tables: Sequence[Table],
    figures: Sequence[dict],
    checklists: Sequence[Checklist],
    simulated: Sequence[str],
) -> str:
    """Typst source of the draft.

    Parameters
    ----------
    methods, results : paragraphs of plain text.
    figures : dicts with `file` (as seen from the source), `caption`.
    simulated : names of cohorts that are simulated; said on the first page.
    """
    return template("manuscript.typ.jinja", escape_html=False).render(
        methods=methods,
        results=results,
        tables=tables,
        figures=figures,
        checklists=checklists,
        simulated=simulated,
    )


def compile_pdf(source: Path, pdf: Path) -> None:
    """The PDF of a Typst file; its images lie in the same folder."""
    import typst

    typst.compile(str(source), output=str(pdf), root=str(Path(source).parent))
