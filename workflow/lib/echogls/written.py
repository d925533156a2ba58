"""How people write ids, views and numbers, and what a column's name says is personal.

Names that come from outside become ids by one rule everywhere: a folder `Øst 01`, a sheet's
patient and a readers' table's are then the same `Ost-01`.
"""

import re
import unicodedata

from echogls.study import AVERAGE_VIEW, ID_PATTERN, VIEWS

# What a table may say that it is of.
READ_VIEWS = (*VIEWS, AVERAGE_VIEW)
_VIEW_WORDS = {
    "4ch": "a4c",
    "4c": "a4c",
    "ap4": "a4c",
    "ap4c": "a4c",
    "ap4ch": "a4c",
    "apical4": "a4c",
    "apical4ch": "a4c",
    "4chamber": "a4c",
    "apical4chamber": "a4c",
    "fourchamber": "a4c",
    "apicalfourchamber": "a4c",
    "2ch": "a2c",
    "2c": "a2c",
    "ap2": "a2c",
    "ap2c": "a2c",
    "ap2ch": "a2c",
    "apical2": "a2c",
    "apical2ch": "a2c",
    "2chamber": "a2c",
    "apical2chamber": "a2c",
    "twochamber": "a2c",
    "apicaltwochamber": "a2c",
    "a3c": "alax",
    "3ch": "alax",
    "3c": "alax",
    "lax": "alax",
    "aplax": "alax",
    "ap3": "alax",
    "ap3c": "alax",
    "ap3ch": "alax",
    "apical3": "alax",
    "apical3ch": "alax",
    "3chamber": "alax",
    "apical3chamber": "alax",
    "apicallongaxis": "alax",
    "sax": "psax",
    "average": AVERAGE_VIEW,
    "avg": AVERAGE_VIEW,
    "apicalaverage": AVERAGE_VIEW,
    "averageofviews": AVERAGE_VIEW,
    "apicalviews": AVERAGE_VIEW,
}

MISSING = {"", "na", "n/a", "nan", "none", "null", "missing", ".", "-", "--", "--.--"}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")

# Words of a column's name that tell a person; whole words, in English and Scandinavian and
# German use.
_PERSONAL = {
    "dob", "birth", "birthdate", "birthday", "born", "birthyear", "name", "names", "surname",
    "firstname", "lastname", "forename", "initials", "mrn", "ssn", "nhs", "cpr", "address",
    "id", "uid", "pid", "accession", "comment", "comments", "remark", "remarks", "note", "notes",
    "physician", "doctor", "operator", "sonographer", "phone", "telephone", "email",
    "mail", "postcode", "zip", "fodt", "fodselsdato",
    "fodselsnummer", "personnummer", "navn", "geburtsdatum", "geboren", "nachname", "vorname",
    "date", "dato", "datum",
}  # fmt: skip
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_DATE = re.compile(
    rf"(?:{_YEAR}(?P<a>[-/.]){_MONTH}(?P=a){_DAY}"
    rf"|{_DAY}(?P<b>[-/.]){_MONTH}(?P=b)(?:{_YEAR}|\d\d)"
    rf"|{_MONTH}(?P<c>[-/]){_DAY}(?P=c){_YEAR}"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?:[ T].*)?"
)


def transliterated(text: str) -> str:
    """A text in ASCII that keeps its letters: accents dropped, other letters by their name.

    Unicode calls Ø "LATIN CAPITAL LETTER O WITH STROKE" and П "CYRILLIC CAPITAL LETTER PE".

    Example
    -------
    >>> transliterated("Bjørn Åse Ærø Łódź"), transliterated("Пет")
    ('Bjorn Ase AEro Lodz', 'PEiete')
    """
    return "".join(map(_ascii, unicodedata.normalize("NFKD", text)))


def as_id(text: str) -> str:
    """A name as an id of study.ID_PATTERN, or "" if nothing of it is left.

    Letters are transliterated, anything else unfit becomes "-".

    Example
    -------
    >>> as_id("Øst 01"), as_id("AØ"), as_id("...")
    ('Ost-01', 'AO', '')
    """
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", transliterated(text)).lstrip("-_").rstrip("-")
    return slug if ID_PATTERN.fullmatch(slug) else ""


def find_view(text: str) -> str | None:
    """The key of study.VIEWS that a word means, `apical` for the average over views, or None.

    Example
    -------
    >>> find_view("A4C"), find_view("Ap. 4-ch"), find_view("PLAX"), find_view("x")
    ('a4c', 'a4c', 'plax', None)
    """
    word = text.strip().lower()
    return word if word in READ_VIEWS else _VIEW_WORDS.get(re.sub(r"[^a-z0-9]", "", word))


def number(text: str) -> float:
    """A number with a decimal point or comma; NaN for a missing one.

    Raises ValueError for anything else: 1,234.5 (two kinds of mark), inf, a date.
    """
    text = text.strip().replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", "")
    if text.lower() in MISSING:
        return float("nan")
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return float(text.replace(",", "."))


def count(text: str) -> int | None:
    """A whole number from 0 of at most nine digits, as people and workbooks write it; None for
    anything else.

    Example
    -------
    >>> count("17"), count("17.0"), count("²"), count("-1"), count("9" * 5000)
    (17, 17, None, None, None)
    """
    found = re.fullmatch(r"([0-9]{1,9})(\.0)?", text.strip())
    return int(found[1]) if found else None


def can_be_path(text: str) -> bool:
    """Whether a system takes a text for a path: its names have 255 bytes at most, none is zero.

    Example
    -------
    >>> can_be_path("clips/a b"), can_be_path("x" * 300), can_be_path("a\\0b")
    (True, False, False)
    """
    try:
        parts = text.encode("utf-8").split(b"/")
    except UnicodeEncodeError:
        return False
    long = max(map(len, parts)) > 255 or sum(map(len, parts)) > 3000
    return b"\0" not in b"".join(parts) and not long


def is_date(text: str) -> bool:
    """Whether a cell is a date, with or without its time.

    Example
    -------
    >>> is_date("1977-05-11"), is_date("11.05.1977"), is_date("18.5"), is_date("03-12")
    (True, True, False, False)
    """
    return bool(_DATE.fullmatch(text.strip()))


def is_personal(column: str) -> bool:
    """Whether a column's name says that it holds what tells a person.

    Example
    -------
    >>> is_personal("DOB"), is_personal("Date of birth"), is_personal("fødselsdato")
    (True, True, True)
    >>> is_personal("vendor"), is_personal("age")
    (False, False)
    """
    words = re.split(
        r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", transliterated(column)).lower()
    )
    return bool(set(words) & _PERSONAL)


def _ascii(letter: str) -> str:
    if letter.isascii():
        return letter
    if not letter.isalpha():
        return "" if unicodedata.combining(letter) else " "
    special = {"ß": "ss", "ẞ": "SS", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D"}
    if letter in special:
        return special[letter]
    words = unicodedata.name(letter, "").partition(" WITH ")[0].split()
    if not words:
        return f"u{ord(letter):x}"
    if "-" in words[-1]:  # of thousands of alike letters the name is a number
        return words[-1].rpartition("-")[2].lower()
    return words[-1] if "CAPITAL" in words else words[-1].lower()
