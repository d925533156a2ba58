"""README and the pages of docs/: links lead somewhere, pictures are small, the site builds."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from echogls.command import COMMANDS

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\[[^\]\[]*\]\(([^)\s]+)\)")
TEXTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "config/*.md", "results/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
) + sorted((ROOT / "workflow/models").glob("*.md"))
needs_mkdocs = pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("material") is None,
    reason="mkdocs-material is not installed (pip install -e '.[docs]')",
)


def anchors(text):
    """The headings of a Markdown text as its links call them."""
    for heading in re.findall(r"^#+ +(.+)$", text, flags=re.MULTILINE):
        yield re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_files_leads_somewhere(path):
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        file, _, anchor = link.partition("#")
        if ":" in file:
            continue
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def test_readme_is_read_in_a_minute_and_its_pictures_are_small():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 130
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert pictures and all(picture.stat().st_size < 200_000 for picture in pictures)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_on_a_page(command):
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    assert any(f"echogls {command}" in page.read_text(encoding="utf-8") for page in pages)


def test_every_page_and_card_is_in_the_navigation():
    shown = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [path.name for path in (ROOT / "docs").glob("*.md")]
    models = yaml.safe_load((ROOT / "workflow/models/models.yaml").read_text(encoding="utf-8"))
    for page in [*pages, *(f"models/{name}.md" for name in models)]:
        assert f": {page}\n" in shown, page


@pytest.mark.slow
@needs_mkdocs
def test_the_site_builds_without_a_warning_and_holds_the_reference(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    built = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )
    assert built.returncode == 0, built.stderr
    reference = {
        "schema": "agreement.limit_margin",
        "tables": "motion_contradicts_outline",
        "commands": "--spacing MM",
        "functions": "bland_altman(",
    }
    for page, holds in reference.items():
        assert holds in (tmp_path / "reference" / page / "index.html").read_text(encoding="utf-8")
    assert not re.search(
        r'(src|href)="https?://fonts', (tmp_path / "index.html").read_text(encoding="utf-8")
    )
