"""A draft of Methods and Results as a typeset page: Typst source, and the PDF made from it."""

import re
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from echogls.manuscript import citations
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


def typst_cited(text: str) -> str:
    """As `typst_text`, with the works that the text cites.

    Example
    -------
    >>> typst_cited("limits [@carkeet2015; @lin1989] #")
    'limits #cite(<carkeet2015>)#cite(<lin1989>) \\\\#'
    """
    parts, place = [], 0
    for match in citations.CITED.finditer(text):
        parts.append(typst_text(text[place : match.start()]))
        parts += [f"#cite(<{key}>)" for key in citations.keys(match[0])]
        place = match.end()
    return "".join([*parts, typst_text(text[place:])])


def quoted(text: str) -> str:
    """Text within a Typst string."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


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
    environment.filters |= {"unbroken": unbroken, "quoted": quoted}
    environment.filters["cited"] = citations.by_author if escape_html else typst_cited
    return environment.get_template(name)


def manuscript_source(
    *,
    title: str,
    abstract: Sequence[tuple[str, str]],
    methods: Sequence[str],
    results: Sequence[str],
    limitations: Sequence[str],
    tables: Sequence[Table],
    figures: Sequence[dict],
    checklists: Sequence[Checklist],
    simulated: Sequence[str],
    **others: object,
) -> str:
    """Typst source of the draft; references.bib (`citations.FILE`) lies beside it.

    Parameters
    ----------
    title : of the draft. abstract : heading and text of each of its parts.
    methods, results, limitations : paragraphs of plain text, works cited as [@key].
    figures : dicts with `file` (as seen from the source), `caption`, `spoken`.
    simulated : names of cohorts that are simulated; said on the first page.
    others : parts of a draft that it does not print (see draft.parts_of).
    """
    return template("manuscript.typ.jinja", escape_html=False).render(
        title=title,
        abstract=abstract,
        methods=methods,
        results=results,
        limitations=limitations,
        tables=tables,
        figures=figures,
        checklists=checklists,
        simulated=simulated,
    )


def compile_pdf(source: Path, pdf: Path) -> None:
    """The PDF of a Typst file; its images lie in the same folder."""
    import typst

    typst.compile(str(source), output=str(pdf), root=str(Path(source).parent))
