"""Works that the draft cites: [@key] in a text, as in references.bib."""

import functools
import re
from pathlib import Path

FILE = Path(__file__).with_name("references.bib")
CITED = re.compile(r"\[((?:@[a-z0-9]+(?:; )?)+)\]")
ENTRY = re.compile(r"@\w+\{(\w+),(.*?)\n\}", re.DOTALL)
FIELD = re.compile(r"^\s*(\w+) = \{(.*?)\},?$", re.MULTILINE)


@functools.cache
def references() -> dict[str, dict[str, str]]:
    """key -> fields of references.bib."""
    entries = ENTRY.findall(FILE.read_text(encoding="utf-8"))
    return {key: dict(FIELD.findall(fields)) for key, fields in entries}


def keys(text: str) -> list[str]:
    """The works that a text cites, in its order.

    Example
    -------
    >>> keys("limits [@blandaltman1986; @blandaltman1999]")
    ['blandaltman1986', 'blandaltman1999']
    """
    return [key for group in CITED.findall(text) for key in re.findall(r"@(\w+)", group)]


def by_author(text: str) -> str:
    """The text with authors and years in place of keys.

    Example
    -------
    >>> by_author("concordance [@lin1989]")
    'concordance (Lin 1989)'
    """

    def words(match):
        return f"({', '.join(short(key) for key in keys(match[0]))})"

    return CITED.sub(words, text)


def short(key: str) -> str:
    """Authors and year of one work: "Bland and Altman 1986"."""
    fields = references()[key]
    names = [name.split(",")[0] for name in fields["author"].split(" and ")]
    who = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return f"{who} {fields['year']}"


def long(key: str) -> str:
    """One work as a line of a list."""
    fields = {
        name: value.replace("{", "").replace("}", "") for name, value in references()[key].items()
    }
    where = fields.get("journal") or fields["booktitle"]
    volume = f" {fields['volume']}," if "volume" in fields else ""
    pages = fields["pages"].replace("--", "\N{EN DASH}")
    doi = f" doi:{fields['doi']}" if "doi" in fields else ""
    return f"{short(key)}. {fields['title']}. {where},{volume} {pages}.{doi}"
