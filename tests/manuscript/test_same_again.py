"""What is written twice is the same file: nothing of the moment, nothing by chance."""

import re
import zipfile

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

from echogls.manuscript import bullseye, curve, typeset
from echogls.manuscript.figures import style
from echogls.manuscript.figures.errors import draw_errors
from echogls.manuscript.tables import workbook
from echogls.manuscript.tables.table import Table
from echogls.manuscript.tables.word import write_word
from echogls.study import VIEW_SEGMENTS

BEFORE_ZIP = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can hold


def draw_curve(path):
    segments = VIEW_SEGMENTS["a4c"]
    names = ["beat", "time_s", "strain_global", "strain_global_sd"]
    curves = {name: np.arange(5.0) for name in [*names, *(f"strain_{s}" for s in segments)]}
    curve.save_curves(path, [curve.Panel(curves, segments, "p1", {"ED": 0.0})])


def draw_notice(path):
    curve.save_notice(path, "excluded")


def draw_bullseye(path):
    bullseye.save_bullseye(path, [], "p1")


def draw_figure(path):
    with style.canvas(3, 2) as (figure, axes):
        axes[0, 0].fill_between([0, 1], [0, 1], [1, 2], clip_on=True)
        style.save(figure, path.with_suffix(""))


def draw_dots(path):
    with style.canvas(3, 2) as (figure, axes):
        draw_errors(axes[0, 0], {"dis": [0.0, 1.0, 2.0]}, "truth")
        style.save(figure, path.with_suffix(""))


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
@pytest.mark.parametrize("draw", [draw_curve, draw_notice, draw_bullseye, draw_figure, draw_dots])
def test_a_figure_drawn_twice_is_one_file(tmp_path, draw, suffix):
    for name in "ab":
        draw(tmp_path / f"{name}{suffix}")
    first, again = ((tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")
    assert first == again
    assert b"CreationDate" not in first and b"<dc:date>" not in first


@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_an_office_file_holds_no_time_of_writing(tmp_path, ending):
    table = Table(1, "A table", ("rater", "n"), (("dis", "3"),))
    path = tmp_path / f"a.{ending}"
    if ending == "docx":
        write_word(path, table)
    else:
        workbook.write_workbook(path, [table])
    with zipfile.ZipFile(path) as store:
        assert {part.date_time for part in store.infolist()} == {BEFORE_ZIP}
        told = store.read("docProps/core.xml")
    times = re.findall(rb"<dcterms:(?:created|modified)[^>]*>([^<]*)<", told)
    assert times and set(times) == {b"2018-09-20T00:00:00Z"}


def test_the_draft_holds_no_date(tmp_path):
    template = (typeset.TEMPLATES / "manuscript.typ.jinja").read_text()
    head = next(line for line in template.splitlines() if line.startswith("#set document"))
    source = tmp_path / "a.typ"
    source.write_text(head.replace("{{ title }}", "A draft") + "\nText")
    typeset.compile_pdf(source, tmp_path / "a.pdf")
    assert not re.search(rb"(Creat\w*|Mod\w*)Date", (tmp_path / "a.pdf").read_bytes())
