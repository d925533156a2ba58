"""Which of our own files a script's result depends on, as a digest.

The workflow engine sees a script's own text but not the modules it imports, nor the templates
and tables of values that lie beside them; a rule that lists this digest among its parameters
reruns when one of them changes, and only then.
"""

import ast
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

from echogls.plugins import source_file

LIBRARY = Path(__file__).resolve().parent


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
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


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
    """Names of our modules in the import statements of one file, their packages included."""
    text = path.read_text(encoding="utf-8")
    imported = []
    for node in _statements(ast.parse(text)) if "echogls" in text else ():
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported.append(node.module)
            imported += [f"{node.module}.{alias.name}" for alias in node.names]
    names = [name for name in imported if name.split(".")[0] == "echogls"]
    packages = {
        ".".join(name.split(".")[:k]) for name in names for k in range(2, name.count(".") + 1)
    }
    return names + sorted(packages)


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Every statement within a node; expressions, most of a tree, are passed over."""
    for part in ("body", "orelse", "handlers", "finalbody", "cases"):
        for child in getattr(node, part, None) or ():
            yield child
            yield from _statements(child)


def _file(name: str) -> Path | None:
    """The source file of a module of ours; None for a name that is no module."""
    path = LIBRARY.joinpath(*name.split(".")[1:])
    if (path / "__init__.py").is_file():
        return path / "__init__.py"
    path = path.with_suffix(".py")
    return path if path.is_file() else source_file(name)
