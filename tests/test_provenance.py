import ast
import shutil
from pathlib import Path

import pytest

from echogls import provenance

SCRIPTS = sorted((Path(__file__).parents[1] / "workflow" / "scripts").glob("*.py"))


@pytest.fixture
def copied_library(tmp_path, monkeypatch):
    copy = tmp_path / "echogls"
    shutil.copytree(provenance.LIBRARY, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "LIBRARY", copy)
    return copy


def digests():
    return {script.stem: provenance.library_digest(script) for script in SCRIPTS}


def changed_by(library, *modules):
    before = digests()
    for module in modules:
        with (library / module).open("a") as stream:
            stream.write("\n# a comment\n")
    after = digests()
    return {name for name in before if before[name] != after[name]}


def data_files():
    files = provenance.data_files(provenance.LIBRARY)
    return [file.relative_to(provenance.LIBRARY).as_posix() for file in files]


def test_the_library_s_data_files_are_known():
    assert {"manuscript/published.yaml", "manuscript/checklists/claim.yaml"} <= set(data_files())


@pytest.mark.parametrize("file", data_files())
def test_editing_a_template_a_checklist_or_a_printed_value_rebuilds_what_shows_it(
    copied_library, file
):
    changed = changed_by(copied_library, file)
    assert changed & {"manuscript", "report_page", "tables"}
    assert not changed & {"ingest", "segment", "track", "measure", "agreement"}


def test_editing_a_figure_touches_no_measurement(copied_library):
    assert changed_by(copied_library, "manuscript/overlay.py") == {"overlay"}


def test_editing_the_filter_reruns_fusion_and_what_reads_it_but_no_motion(copied_library):
    changed = changed_by(copied_library, "fusion/kalman.py")
    assert not changed & {"ingest", "classify_view", "segment", "track"}


def test_editing_the_contour_reruns_segmentation_and_the_second_opinion_on_views(copied_library):
    changed = changed_by(copied_library, "segmentation/contour.py")
    assert {"segment", "classify_view"} <= changed
    assert "ingest" not in changed


def test_editing_a_network_or_its_training_reruns_no_study(copied_library):
    modules = [
        path.relative_to(copied_library) for path in copied_library.rglob("training/**/*.py")
    ]
    assert len(modules) > 30
    trainings = {name for name in digests() if name.startswith("train_")} | {"flow_pairs"}
    assert changed_by(copied_library, *modules) == trainings


def imported_by_parser(file):
    """Names of our modules in a file's import statements, as Python's own parser sees them."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    names = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    names += [node.module for node in froms]
    names += [f"{node.module}.{name.name}" for node in froms for name in node.names]
    return {name for name in names if name.split(".")[0] == "echogls"}


def test_imports_are_read_as_python_s_parser_reads_them():
    modules = set(provenance._modules(provenance.LIBRARY))
    for file in (*provenance.LIBRARY.rglob("*.py"), *SCRIPTS):
        parsed = imported_by_parser(file)
        packages = {".".join(name.split(".")[:k]) for name in parsed for k in range(2, 6)}
        assert set(provenance._imported(file)) & modules == (parsed | packages) & modules, file


def test_imports_over_several_lines_and_within_functions_count(tmp_path):
    script = tmp_path / "s.py"
    script.write_text(
        "from echogls import (\n    study,  # words, and more\n    tables as t,\n)\n"
        "def late():\n    import json, echogls.motion.dis as d\n"
        "    from echogls.strain import cycle; print(cycle)\n"
    )
    wanted = {"study", "tables", "motion", "motion.dis", "strain.cycle"}
    assert {f"echogls.{name}" for name in wanted} <= set(provenance._imported(script))


def test_module_loaded_by_name_counts_when_it_is_given(tmp_path):
    script = tmp_path / "s.py"
    script.write_text("import echogls.study\n")
    alone = provenance.library_digest(script)
    assert provenance.library_digest(script, "echogls.motion.block_matching") != alone


def test_digest_is_the_same_twice_and_ignores_other_packages(tmp_path):
    script = tmp_path / "s.py"
    script.write_text("import numpy\nfrom echogls import study\n")
    assert provenance.library_digest(script) == provenance.library_digest(script)


def test_study_vocabulary_reaches_every_stage(copied_library):
    assert changed_by(copied_library, "study.py") >= {"ingest", "segment", "measure", "overlay"}
