"""Which of our own files a script's result depends on, as a digest.

The workflow engine sees a script's own text but not the modules it imports, nor the templates
and tables of values that lie beside them; a rule that lists this digest among its parameters
reruns when one of them changes, and only then.
"""

import functools
import hashlib
import os
import re
from pathlib import Path

from echogls.plugins import source_file

LIBRARY = Path(__file__).resolve().parent
# An import statement, wherever it stands; to parse the files instead takes ten times as long, which
# each start of Snakemake would pay. What else looks like one, in a docstring, names no module.
IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<package>echogls[\w.]*)[ \t]+import[ \t]+(?:\((?P<lines>[^)]*)\)|"
    r"(?P<line>[^\n]*))|import[ \t]+(?P<modules>[^\n]*))",
    re.MULTILINE,
)


def library_digest(script: Path, *modules: str) -> str:
    """Digest of every `echogls` module that a script imports, directly or not, and their data.

    The script's own text is no part of it. A file that is no Python belongs to the modules beside
    it whose text quotes its name, its folder's name, or `"*` and its suffix.

    Parameters
    ----------
    script : the Python file to start from.
    modules : further modules that it loads by name, such as "echogls.motion.dis".

    Returns
    -------
    16 hexadecimal digits over the names and the content of the modules.
    """
    waiting = [Path(script)] + [_file(name) for name in modules]
    seen: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path is None or path in seen:
            continue
        seen.add(path)
        waiting += _imported_files(path, LIBRARY)
    seen.discard(Path(script))
    data = {file for path in seen for file in _data_of(path, LIBRARY)}
    digest = hashlib.sha256()
    for path in sorted(seen | data):
        inside = path.is_relative_to(LIBRARY)
        digest.update((path.relative_to(LIBRARY).as_posix() if inside else path.name).encode())
        digest.update(_content(path, os.stat(path).st_mtime_ns))
    return digest.hexdigest()[:16]


@functools.cache
def _content(path: Path, changed: int) -> bytes:
    """Digest of what a file holds, which several scripts ask for."""
    return hashlib.sha256(path.read_bytes()).digest()


def data_files(library: Path = LIBRARY) -> list[Path]:
    """Files of the library that are no Python: templates, checklists, printed values."""
    files = (path for path in library.rglob("*") if path.is_file() and path.suffix != ".py")
    inside = (path for path in files if "__pycache__" not in path.parts)
    return [path for path in inside if path.relative_to(library).parts[0] != "shipped"]


@functools.cache
def _data_of(path: Path, library: Path) -> list[Path]:
    """The data files that a module reads."""
    text = path.read_text(encoding="utf-8")
    data = []
    for file in _cached_data_files(library):
        if file.parent == path.parent:
            names = (file.name, f"*{file.suffix}")
        elif file.parent.parent == path.parent and not (file.parent / "__init__.py").is_file():
            names = (file.parent.name,)
        else:
            continue
        if any(f'"{name}"' in text for name in names):
            data.append(file)
    return data


_cached_data_files = functools.cache(data_files)


@functools.cache
def _imported_files(path: Path, library: Path) -> list[Path]:
    """The files behind `_imported`, in the library that lies there."""
    return [file for name in _imported(path) if (file := _file(name))]


@functools.cache
def _imported(path: Path) -> list[str]:
    """Names of our modules in the import statements of one file, their packages included; and of
    what is imported from them, which may be modules."""
    text = path.read_text(encoding="utf-8")
    imported = []
    for found in IMPORT.finditer(text) if "echogls" in text else ():
        package = found["package"]
        words = _first_words(found["lines"] or found["line"] or found["modules"] or "")
        imported += [package, *(f"{package}.{word}" for word in words)] if package else words
    names = [name for name in dict.fromkeys(imported) if name.split(".")[0] == "echogls"]
    packages = {
        ".".join(name.split(".")[:k]) for name in names for k in range(2, name.count(".") + 1)
    }
    return names + sorted(packages)


def _first_words(text: str) -> list[str]:
    """What stands between commas, without `as ...` and comments."""
    parts = re.sub(r"#[^\n]*", "", text).replace(";", ",").split(",")
    return [part.split()[0] for part in parts if part.strip()]


def _file(name: str) -> Path | None:
    """The source file of a module of ours; None for a name that is no module."""
    return _modules(LIBRARY).get(name) or source_file(name)


@functools.cache
def _modules(library: Path) -> dict[str, Path]:
    """The library's modules and packages, name -> source file."""
    files = sorted(library.rglob("*.py"))
    parts = {file: file.relative_to(library).with_suffix("").parts for file in files}
    packages = {names[:-1]: file for file, names in parts.items() if names[-1] == "__init__"}
    modules = {names: file for file, names in parts.items() if names[-1] != "__init__"}
    return {".".join(["echogls", *names]): file for names, file in (modules | packages).items()}
