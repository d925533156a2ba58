"""How files are damaged: bytes written over, ends cut off, cells, members and keys replaced."""

import io
import zipfile

from hypothesis import strategies as st

# Half of the edits fall into a file's first part, for headers matter most.
FIRST_PART = 3000
EDITS = 12
# What spreadsheets, other locales and careless hands leave in a cell.
CELLS = (
    "", " ", "nan", "inf", "-inf", "1e999", "-1e-999", "9" * 5000, "\N{MINUS SIGN}18,5", "١٢",
    "²", "Ⅷ", "1,2", "1.2.3", "1,234.5", "0x10", "-18.5 %", "p01", "p02", "a4c", "unknown", "yes",
    "../../etc", "/", "~", "{patient}", "true", "null", "2020-01-31", "31.12.2019 14:00", "<a>",
    "=1+1", "#REF!", "\x00", "\x1b[31m", "\ufeff", "\u2028", "\u202e", "🫀", "ø" * 300, '"', "'",
    ";", ",", "\t", "\r", "\n", "\r\n", "\\", "gls", "global", "mid_septal", "reader_1", "percent",
)  # fmt: skip

cells = st.one_of(
    st.sampled_from(CELLS), st.text(max_size=12), st.floats().map(repr), st.integers().map(str)
)
anywhere = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)), max_size=EDITS
)
early = st.lists(
    st.tuples(st.integers(0, FIRST_PART), st.binary(min_size=1, max_size=8)), max_size=EDITS
)


class Shown(bytes):
    """Bytes that an error message shows by their number."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


def overwritten(content: bytes, cut: float, anywhere: list, early: list) -> bytes:
    """The content with bytes written over, and its end cut off."""
    made = bytearray(content)
    places = [(int(share * len(made)), new) for share, new in anywhere] + early
    for place, new in places:
        made[place : place + len(new)] = new
    return Shown(made[: int(cut * len(made))])


def bytes_of(content: bytes) -> st.SearchStrategy[bytes]:
    """The content, damaged byte by byte; half of the files keep their end."""
    cuts = st.floats(0, 1).map(lambda cut: cut if cut > 0.5 else 1.0)
    return st.builds(overwritten, st.just(Shown(content)), cuts, anywhere, early)


@st.composite
def rows_of(draw, rows: list[list[str]]) -> list[list[str]]:
    """A table with cells replaced, rows and columns taken away, doubled or lengthened."""
    made = [list(row) for row in rows]
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(made) - 1))
        what = draw(st.sampled_from(("cell", "cell", "cell", "twice", "longer", "shorter", "gone")))
        if what == "cell" and made[at]:
            made[at][draw(st.integers(0, len(made[at]) - 1))] = draw(cells)
        elif what == "twice":
            made.insert(at, list(made[at]))
        elif what == "longer":
            made[at].append(draw(cells))
        elif what == "shorter" and made[at]:
            made[at].pop()
        elif what == "gone" and len(made) > 1:
            made.pop(at)
    return made


@st.composite
def text_of(draw, rows: list[list[str]]) -> bytes:
    """Such a table as text: between some mark, with some line ends, in some encoding."""
    mark = draw(st.sampled_from(("\t", ",", ";", "|", "")))
    end = draw(st.sampled_from(("\n", "\r\n", "\r", "\u2028")))
    encoding = draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1")))
    lines = [mark.join(row) for row in draw(rows_of(rows))]
    content = end.join(lines).encode(encoding, errors="replace")
    return draw(bytes_of(content)) if draw(st.booleans()) else content


@st.composite
def zip_of(draw, content: bytes) -> bytes:
    """A zip archive (a workbook) of which members are damaged, or the archive itself."""
    if draw(st.booleans()):
        return draw(bytes_of(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(sorted(members)))
    members[name] = draw(bytes_of(members[name]))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, inside in members.items():
            archive.writestr(member, inside)
    return stream.getvalue()


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.binary(max_size=4),
    st.sampled_from([cell for cell in CELLS if not set(cell) & set("/~")]),
    st.text(st.characters(exclude_characters="/~.", exclude_categories=["Cs"]), max_size=12),
)  # fmt: skip
keys = st.one_of(leaves, st.sampled_from(("seed", "readers", "options", "file", "columns")))
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
)


@st.composite
def keys_of(draw, tree: dict) -> object:
    """A tree of keys and values with some of either replaced, added or taken away. No value is a
    path out of the folder in which it is read."""
    made = tree
    for _ in range(draw(st.integers(1, 4))):
        made = _changed(draw, made)
    return made


def _changed(draw, tree):
    if isinstance(tree, dict) and tree and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(list(tree)))
        return {**tree, key: _changed(draw, tree[key])}
    if isinstance(tree, dict) and tree:
        key = draw(st.sampled_from(list(tree)))
        what = draw(st.sampled_from(("gone", "added", "renamed")))
        rest = {name: value for name, value in tree.items() if name != key}
        if what == "gone":
            return rest
        return (tree if what == "added" else rest) | {draw(keys): draw(values)}
    return draw(values)
