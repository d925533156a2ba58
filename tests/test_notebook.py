"""The notebook of the docs runs, from its first cell to its last."""

import ast
import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[1] / "docs" / "measure.ipynb"


@pytest.mark.slow
def test_the_notebook_runs_and_shows_a_clip_and_two_raters(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    cells = [c for c in json.loads(NOTEBOOK.read_text())["cells"] if c["cell_type"] == "code"]
    names, shown = {}, []
    for cell in cells:
        *before, last = ast.parse("".join(cell["source"])).body
        exec(compile(ast.Module(before, []), str(NOTEBOOK), "exec"), names)
        if isinstance(last, ast.Expr):  # what a notebook shows of a cell
            shown.append(eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names))
        else:
            exec(compile(ast.Module([last], []), str(NOTEBOOK), "exec"), names)
    assert names["result"].status == "ok" and -30 < names["result"].gls < -5
    assert any(hasattr(value, "_repr_png_") for value in shown)
    assert names["limits"]["bias"]["n"] == 30
    assert not list(tmp_path.iterdir())
