"""What a column of somebody's own table means, by the words of its name and by its cells."""

import re

from echogls.readers._vocabulary import find_measure, find_segment
from echogls.written import count, find_view, is_date, is_personal, transliterated

# Words that a column's name begins with or consists of -> the column of `long_table` it is.
_WORDS = {
    "patient": "patient patientid patid pat pid subject subjectid case caseid participant "
    "participantid pseudonym studyid recordid record id patientno patientnr patientnumber "
    "subjectno casenumber pasient pasientid pasientnr patienten patientennummer fall",
    "reader": "reader rater observer obs operator analyst investigator examiner readby reviewer "
    "sonographer avleser untersucher leser lecteur",
    "repeat": "repeat repetition replicate reading readingno repetitionno measurement "
    "measurementno trial round session time timepoint occasion",
    "view": "view projection window chamber plane projeksjon schnitt ansicht",
    "segment": "segment wall region",
    "measure": "measure parameter variable quantity",
    "value": "value result strain gls longitudinalstrain globallongitudinalstrain ls lvgls "
    "strainvalue glsvalue wert verdi",
    "unit": "unit units",
    "file": "file export filename exportfile",
    "layer": "layer",
}  # fmt: skip
_ROLES = {word: role for role, words in _WORDS.items() for word in words.split()}
_STRAIN = re.compile(r"\b(gls|g?ls|lvgls|strain)\b")
# Words of columns of numbers that are no readings.
COVARIATES = {
    "age", "sex", "gender", "height", "weight", "bmi", "bsa", "hr", "heart", "rate", "bp", "sbp",
    "dbp", "ef", "lvef", "edv", "esv", "lvedv", "lvesv", "fps", "frame", "frames", "year", "no",
    "number", "nr", "quality", "spacing", "depth", "row", "n", "mapse", "tapse", "e", "a", "mean",
    "sd", "difference", "diff", "bias", "timing", "ms",
}  # fmt: skip
_WHOLE = {"global", "longitudinal", "strain", "lv", "gls", "peak", "systolic"}
# The longest run of digits that is no id of a person; by judgement: studies count to 99999, and
# hospital and national numbers are longer.
DIGITS = 5


def words_of(name: str) -> list[str]:
    """The words of a column's name, lower case, in ASCII, without what stands in brackets."""
    plain = transliterated(re.sub(r"\([^)]*\)|\[[^\]]*\]|%", " ", name)).lower()
    return [word for word in re.split(r"[^a-z0-9]+", plain) if word]


def role_of(name: str) -> str | None:
    """The column of `long_table` that a name of a column most likely is, or None.

    Example
    -------
    >>> role_of("Patient ID"), role_of("Observer"), role_of("GLS (%)"), role_of("Age")
    ('patient', 'reader', 'value', None)
    """
    words = words_of(name)
    joined = "".join(words)
    if joined in _ROLES:
        return _ROLES[joined]
    ends = [word for word in words if word not in ("no", "nr", "number", "id", "name", "code")]
    if len(ends) == 1 and ends[0] in _ROLES:
        return _ROLES[ends[0]]
    if words and set(words) <= {
        "global",
        "longitudinal",
        "strain",
        "lv",
        "gls",
        "peak",
        "systolic",
    }:
        return "value"
    return None


def facts_of(name: str) -> dict[str, str]:
    """What the name of a column of values says of them: reader, repeat, view, measure, segment.

    Example
    -------
    >>> facts_of("GLS A4C obs 2"), facts_of("AØ second")
    ({'view': 'a4c', 'reader': 'obs2'}, {'repeat': '2', 'reader': 'AO'})
    """
    facts: dict[str, str] = {}
    if (measure := find_measure(name)) or (measure := _measure(words_of(name))):
        facts["measure"] = measure
    if (segment := find_segment(name)) not in (None, "global"):
        return facts | {"segment": segment}
    rest: list[str] = []
    plain = transliterated(re.sub(r"\([^)]*\)|\[[^\]]*\]|%", " ", name))
    words = [word for word in re.split(r"[^A-Za-z0-9]+", plain) if word]
    for at, word in enumerate(words):
        low = word.lower()
        before = words[at - 1].lower() if at else ""
        if (view := find_view(low)) and "view" not in facts:
            facts["view"] = view
        elif low in _ORDINALS and "repeat" not in facts:
            facts["repeat"] = _ORDINALS[low]
        elif (match := re.fullmatch(r"(?:rep|repeat|r|m|t|run)(\d{1,2})", low)) and rest:
            facts["repeat"] = match[1]
        elif before in _REPEAT_WORDS and count(low) is not None:
            facts["repeat"] = low
        elif low in _REPEAT_WORDS or low in _STRAIN_WORDS or low in ("by", "of", "the", "view"):
            continue
        else:
            rest.append(word)
    if rest:
        if (
            len(rest) > 1
            and count(rest[-1]) is not None
            and "repeat" not in facts
            and not _is_reader(rest[0])
        ):
            facts["repeat"] = rest.pop()
        facts["reader"] = "".join(rest)
    return facts


_ORDINALS = {"1st": "1", "2nd": "2", "3rd": "3", "first": "1", "second": "2", "third": "3"}
_REPEAT_WORDS = ("repeat", "rep", "repetition", "reading", "measurement", "trial", "round")
_STRAIN_WORDS = ("gls", "ls", "lvgls", "strain", "global", "longitudinal", "lv", "peak", "systolic",
                 "end", "es")  # fmt: skip


def _is_reader(word: str) -> bool:
    return _ROLES.get(word.lower()) == "reader"


def _measure(words: list[str]) -> str | None:
    """Which strain is meant, where it is not GLS."""
    if not set(words) & {"strain", "gls", "ls"}:
        return None
    if {"end", "systolic"} <= set(words) or "es" in words:
        return "end_systolic_strain"
    return "peak_systolic_strain" if {"peak", "systolic"} <= set(words) else None


def is_strain(name: str) -> bool:
    """Whether a name says that its column holds longitudinal strain."""
    return bool(_STRAIN.search(" ".join(words_of(name))))


def is_covariate(name: str) -> bool:
    """Whether a name says that its numbers are no readings."""
    return bool(set(words_of(name)) & COVARIATES) or is_personal(name)


def header_text(cells: list[str]) -> str:
    """What a row of column names reads, in words that may be logged.

    Without a header the first row is a patient's, so cells are quoted only where some are words
    that columns are called by.
    """
    filled = [cell for cell in cells if cell]
    recognised = sum(bool(role_of(cell)) or is_strain(cell) for cell in filled)
    if not recognised:
        return f"{len(filled)} cells, none a word that a column is called by"
    return ", ".join(cell_text(cell, words=True) for cell in filled[:12]) + (
        f" and {len(filled) - 12} more" if len(filled) > 12 else ""
    )


def cell_text(cell: str, *, words: bool = False) -> str:
    """A cell quoted, if it can be no name, id or date; else what kind of text it is.

    words : words without digits may be quoted, as of a header.
    """
    long_digits = re.search(rf"\d{{{DIGITS + 1},}}", cell)
    if not cell:
        return "nothing"
    if len(cell) > 40 or long_digits or "^" in cell or is_date(cell):
        return f"a text of {len(cell)} characters"
    if not words and not re.search(r"\d", cell):
        return f"a text of {len(cell)} characters"
    if not words and (re.search(r"[^\W\d_]{6,}", cell) or len(cell) > 20):
        return f"a text of {len(cell)} characters"
    return f"'{cell}'"
