"""Pages of the site that no file in docs/ holds: a hook of mkdocs.yml.

Texts that stand beside what they are about (config/README.md, the cards of the networks ...) become
pages as they are; the reference is made of the schema, the tables' columns and the docstrings while
the site is built. Nothing of it is written into the repository. Links between files of the
repository become links between pages, and stay as words where the site has no such page.
"""

import contextlib
import importlib
import inspect
import io
import os
import posixpath
import re
import sys
from pathlib import Path

import yaml
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "workflow" / "lib"
# File of the repository -> page (or picture) of the site.
TEXTS = {
    "config/README.md": "reference/config.md",
    "results/README.md": "reference/results.md",
    "benchmarks/README.md": "reference/speed.md",
    "benchmarks/speed.svg": "reference/speed.svg",
    "workflow/models/README.md": "models/index.md",
    "workflow/models/flownet2.learning_curve.svg": "models/flownet2.learning_curve.svg",
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changes.md",
    "README.md": "index.md",
}
CARDS = sorted((ROOT / "workflow" / "models").glob("*.md"))
TEXTS |= {
    f"workflow/models/{path.name}": f"models/{path.name}"
    for path in CARDS
    if path.name != "README.md"
}
# Table -> module and name of its columns.
COLUMNS = {
    "measurements.tsv, readers.tsv": ("study", "MEASUREMENT_COLUMNS"),
    "clips.tsv": ("study", "CLIP_COLUMNS"),
    "views.tsv": ("views.selection", "COLUMNS"),
    "quality.tsv": ("segmentation.quality", "TABLE_COLUMNS"),
    "strain/{method}.tsv": ("strain.measure", "CURVE_COLUMNS"),
    "definitions.tsv": ("strain.definitions", "METHOD_COLUMNS"),
    "bullseye.tsv": ("strain.bullseye", "COLUMNS"),
    "exclusions.tsv": ("cohort_tables.exclusions", "COLUMNS"),
    "flow.tsv": ("cohort_tables.exclusions", "FLOW_CHART_COLUMNS"),
    "characteristics.tsv": ("cohort_tables.characteristics", "COLUMNS"),
    "agreement.tsv, variability.tsv": ("agreement.comparison", "AGREEMENT_COLUMNS"),
    "pairs.tsv": ("agreement.paired", "PAIR_COLUMNS"),
    "subgroups.tsv": ("agreement.subgroups", "COHORT_COLUMNS"),
    "sensitivity.tsv": ("agreement.sensitivity", "COLUMNS"),
    "budget.tsv": ("agreement.sensitivity", "BUDGET_COLUMNS"),
}
# Whose docstrings are the reference: module -> names; none: all that it offers.
FUNCTIONS = {
    "measuring": ("measure", "measure_file"),
    "measurement": ("Measurement",),
    "agreement": (),
    "cohorts": ("Clip",),
    "motion": ("Flow",),
    "fusion": ("Fused",),
    "readers": (),
}
# What the schema calls them -> what people do.
KINDS = {"array": "list", "object": "block", "string": "text", "boolean": "true, false"}
LINK = re.compile(r"(\[[^\]\[]*\])\(([^)\s]+)\)")
FENCE = "```"
MODULE = re.compile(r"\b(?:[a-z_]+\.)+(?=[A-Z]|ndarray)")  # of a type
LINE = 100  # letters of a block of code on the site


def on_files(files, config):
    """Add the pages that are texts of the repository, and those that are made here."""
    for source, place in TEXTS.items():
        if source != "README.md":  # docs/index.md is the site's
            files.append(File.generated(config, place, abs_src_path=str(ROOT / source)))
    for place, make in GENERATED.items():
        files.append(File.generated(config, place, content=make()))
    return files


def on_page_markdown(markdown, page, config, files):
    """The text with its links between files turned into links between pages."""
    place = page.file.src_uri
    source = {page: text for text, page in TEXTS.items()}.get(place, f"docs/{place}")
    if place == "index.md":
        source = "docs/index.md"
    return LINK.sub(lambda found: linked(found, source, place), markdown)


def linked(found: re.Match, source: str, place: str) -> str:
    """One link of the file `source`, which is the page `place`, as a link of the site."""
    words, target = found.groups()
    path, hash_, anchor = target.partition("#")
    if not path or ":" in path:
        return found.group()
    file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    page = TEXTS.get(file) or file.removeprefix("docs/")
    if file not in TEXTS and not file.startswith("docs/"):
        if not (ROOT / file).exists():
            return found.group()  # mkdocs says that it leads nowhere
        return f"{words[1:-1]} (`{file}`)"
    where = posixpath.relpath(page, posixpath.dirname(place) or ".")
    return f"{words}({where}{hash_}{anchor})"


def schema_page() -> str:
    """A row a key of the config, out of its schema."""
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text("utf-8"))
    lines = [
        "# Every key of the config",
        "",
        "Made of `workflow/schemas/config.schema.yaml`, which is what a config is checked by; "
        "[the same, explained](config.md).",
    ]
    for section, one in schema["properties"].items():
        lines += ["", f"## {section}", "", one.get("description", ""), ""]
        rows = list(keys({"properties": {section: one}}, ""))
        rows = [row for row in rows if row[1]]  # a block without a meaning of its own has keys
        lines += ["| key | meaning | allowed | default |", "|---|---|---|---|"]
        lines += [f"| {' | '.join(map(cell, row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def keys(schema: dict, before: str):
    """(key, meaning, what is allowed, default) of every key below, depth first."""
    below = dict(schema.get("properties", {}))
    if isinstance(schema.get("additionalProperties"), dict):
        below["NAME"] = schema["additionalProperties"]
    if isinstance(schema.get("items"), dict) and "properties" in schema["items"]:
        below |= schema["items"]["properties"]
    for name, one in below.items():
        default = one.get("default")
        shown = "" if default is None or isinstance(default, dict) else f"`{written(default)}`"
        yield f"`{before}{name}`", one.get("description", ""), allowed(one), shown
        yield from keys(one, f"{before}{name}.")


def written(value: object) -> str:
    """A default as a config has it."""
    return (
        yaml.safe_dump(value, default_flow_style=True, width=10_000).strip().removesuffix("\n...")
    )


def allowed(one: dict) -> str:
    """What a value of a key may be, in a few words, and its unit."""
    if "enum" in one:
        return ", ".join(f"`{value}`" for value in one["enum"])
    kinds = one.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    words = " or ".join(KINDS.get(kind, kind) for kind in kinds)
    ends = [
        f"{sign} {one[key]}"
        for key, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"))
        if key in one
    ]
    unit = "" if one.get("unit", "1") == "1" else one["unit"]
    return ", ".join(word for word in (words, *ends, unit) if word)


def cell(value) -> str:
    """A value in a cell of a Markdown table."""
    return " ".join(str("" if value is None else value).replace("|", "\\|").split())


def table_page() -> str:
    """Columns of the tables, measures with their units, and all reasons."""
    study = library("study")
    lines = ["# Columns and reasons", "", "[What each table is for](results.md).", ""]
    lines += ["| table | columns |", "|---|---|"]
    for table, (module, name) in COLUMNS.items():
        columns = ", ".join(f"`{column}`" for column in getattr(library(module), name))
        lines.append(f"| `{table}` | {columns} |")
    lines += ["", "## Measures", "", "| measure | unit |", "|---|---|"]
    lines += [f"| `{name}` | {unit} |" for name, unit in study.MEASURES.items()]
    lines += ["", "## Reasons", "", "| `reason` | says |", "|---|---|"]
    lines += [f"| `{name}` | {cell(says)} |" for name, says in study.REASONS.items()]
    return "\n".join(lines) + "\n"


def command_page() -> str:
    """What `echogls COMMAND --help` prints, of every command."""
    command = library("command")
    lines = ["# Commands", "", FENCE, help_of(command), FENCE, ""]
    for name in command.COMMANDS:
        lines += [f"## echogls {name}", "", FENCE, help_of(command, name), FENCE, ""]
    return "\n".join(lines)


def help_of(command, *words: str) -> str:
    """The help of the command, 90 characters wide."""
    os.environ["COLUMNS"] = "90"
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.suppress(SystemExit):
        command.main([*words, "--help"])
    return told.getvalue().rstrip()


def function_page() -> str:
    """Docstrings of what people call, and the contracts of what they may add."""
    lines = ["# Functions and contracts", ""]
    for module, names in FUNCTIONS.items():
        room = library(module)
        lines += [f"## echogls.{module}", "", FENCE + "text", inspect.getdoc(room), FENCE, ""]
        for name in names or getattr(room, "__all__", ()):
            thing = getattr(room, name)
            if inspect.getdoc(thing):
                called = called_as(name, thing) if inspect.isfunction(thing) else name
                lines += [f"### {name}", "", FENCE + "text", called, "", inspect.getdoc(thing)]
                lines += [FENCE, ""]
    return "\n".join(lines)


def called_as(name: str, function) -> str:
    """A function's signature, its types without their modules; a long one over several lines."""
    told = inspect.signature(function)
    short = MODULE.sub("", f"{name}{told}")
    if len(short) <= LINE:
        return short
    parts = []
    for one in told.parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        parts.append(MODULE.sub("", str(one)))
    back = MODULE.sub("", inspect.formatannotation(told.return_annotation))
    return "\n".join([f"{name}(", *(f"    {part}," for part in parts), f") -> {back}"])


def library(module: str):
    """A module of the checkout's own library."""
    if str(LIBRARY) not in sys.path:
        sys.path.insert(0, str(LIBRARY))
    return importlib.import_module(f"echogls.{module}")


GENERATED = {
    "reference/schema.md": schema_page,
    "reference/tables.md": table_page,
    "reference/commands.md": command_page,
    "reference/functions.md": function_page,
}
