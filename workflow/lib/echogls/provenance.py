"""Which of our own source files a script's result depends on, as a digest.

The workflow engine sees a script's own text but not the modules it imports; a
rule that lists this digest among its parameters reruns when one of them changes,
and only then.
"""

import ast
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent


def library_digest(script: Path, *modules: str) -> str:
    """Digest of every `echogls` module that a script imports, directly or not.

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
    digest = hashlib.sha256()
    for path in sorted(seen - {Path(script)}):
        digest.update(path.relative_to(LIBRARY).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@functools.cache
def _imported_files(path: Path, library: Path) -> list[Path]:
    """The files behind `_imported`, in the library that lies there."""
    return [file for name in _imported(path) if (file := _file(name))]


@functools.cache
def _imported(path: Path) -> list[str]:
    """Names of our modules in the import statements of one file, their packages included."""
    text = path.read_text(encoding="utf-8")
    found = []
    for node in _statements(ast.parse(text)) if "echogls" in text else ():
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    names = [name for name in found if name.split(".")[0] == "echogls"]
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
    return path if path.is_file() else None
