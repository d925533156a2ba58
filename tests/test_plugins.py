import importlib
import subprocess
import sys

import numpy as np
import pytest
import yaml

import echogls
from echogls import cohorts, fusion, motion, plugins, project, provenance
from echogls.command import main
from echogls.plugins import plugin, plugin_names
from echogls.study import StudyError

ESTIMATOR = """\
import numpy as np

from echogls.motion import Flow
from echogls.motion._still import ZERO


def estimate(first, second, *, scale: float = 1.0):
    shape = first.shape
    return Flow(np.full((*shape, 2), ZERO * scale, np.float32), np.ones(shape, np.float32))
"""
FORMAT = """\
from echogls.cohorts import Clip


def list_patients(data):
    return {path.stem: path for path in sorted(data.glob("*.mine"))}


def read_clips(path, settings):
    yield Clip("clip01", status="excluded", reason="unreadable", note="made by a plugin")
"""
FUSION = """\
from echogls.fusion.none import fuse as plain


def fuse(centreline_mm, velocity_at, times_s, *, pixel_mm, shift: float = 0.0):
    return plain(centreline_mm + shift, None, times_s, pixel_mm=pixel_mm)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A plugin folder with an estimator, a fusion and a format; forgotten afterwards."""
    place = tmp_path / "plugins"
    files = {
        "motion/still.py": ESTIMATOR,
        "motion/_still.py": "ZERO = 0.0\n",
        "cohorts/ours.py": FORMAT,
        "fusion/shifted.py": FUSION,
    }
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    monkeypatch.setenv(plugins.VARIABLE, "")
    for room in (motion, fusion, cohorts):
        monkeypatch.setattr(room, "__path__", list(room.__path__))
    yield place
    for name in list(sys.modules):
        if name.split(".")[-1] in ("still", "_still", "ours", "shifted"):
            del sys.modules[name]


def test_what_lies_in_a_plugin_folder_is_found_by_name_as_what_is_shipped(folder):
    plugins.use(str(folder))
    assert "still" in motion.names() and "dis" in motion.names()
    assert motion.known_options("still") == ["scale"]
    assert "ours" in cohorts.source_formats() and "shifted" in fusion.methods()
    assert fusion.known_options("shifted") == ["shift"]


def test_a_config_names_plugins_relative_to_itself_and_uses_them(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    own = {"segmentation": "fast", "motion": "still", "fusion": "shifted"}
    told = {"plugins": "../plugins", "methods": {"own": own}, "primary": "own"}
    told |= {"cohorts": {"a": {"format": "ours", "data": "clips"}}, "study": ["a"]}
    (tmp_path / "sub" / "clips").mkdir()
    (tmp_path / "sub" / "clips" / "p1.mine").touch()
    file = tmp_path / "sub" / "my.yaml"
    file.write_text(yaml.safe_dump(told))
    whole = project.study_config(files=[file])
    assert next(iter(whole["methods"])) == "own"
    assert main(["check", "--config", str(file)]) == 0
    assert list(cohorts.cohort_patients(whole["cohorts"]["a"], None)) == ["p1"]


def test_a_clip_is_measured_by_a_plugin_s_estimator(folder):
    frames = np.random.default_rng(1).integers(0, 255, (12, 60, 60), np.uint8)
    parts = {"segmentation": "fast", "motion": "still", "fusion": "shifted"}
    config = {"plugins": [str(folder)]}
    found = echogls.measure(frames, fps=40, method=parts, config=config)
    assert found.method == "own"  # noise has no ventricle, but the method is known
    with pytest.raises(StudyError, match="did you mean 'still'"):
        echogls.measure(frames, fps=40, method=parts | {"motion": "stil"}, config=config)


def test_processes_that_are_started_know_them_too(folder):
    plugins.use([str(folder)])
    code = "from echogls import motion; assert 'still' in motion.names()"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_editing_a_plugin_or_its_helper_changes_the_digest(folder, tmp_path):
    plugins.use(str(folder))
    script = tmp_path / "script.py"
    script.write_text("from echogls import motion\n")
    digests = set()
    for name in ("still.py", "_still.py", "none"):
        provenance._imported_files.cache_clear()
        digests.add(provenance.library_digest(script, "echogls.motion.still"))
        if name != "none":
            file = folder / "motion" / name
            file.write_text(file.read_text() + "# edited\n")
    assert len(digests) == 3


def test_a_folder_that_is_none_and_a_shipped_name_are_refused(folder, tmp_path):
    with pytest.raises(StudyError, match="holds none of the folders motion"):
        plugins.use(str(tmp_path))
    (folder / "motion" / "dis.py").write_text(ESTIMATOR)
    with pytest.raises(StudyError, match=r"motion/dis\.py has the name"):
        plugins.use(str(folder))


def test_installed_packages_say_where_they_are_by_an_entry_point(folder, tmp_path, monkeypatch):
    package = tmp_path / "site" / "our_plugins"
    folder.rename(tmp_path / "moved")
    package.parent.mkdir()
    (tmp_path / "moved").rename(package)
    (package / "__init__.py").touch()
    info = tmp_path / "site" / "our_plugins-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: our_plugins\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[echogls.plugins]\nours = our_plugins\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    plugins._installed.cache_clear()
    assert str(package / "motion") in plugins.paths("motion")
    plugins._installed.cache_clear()


@pytest.mark.parametrize(
    ("room", "function", "known"),
    [
        ("cohorts", "", {"dicom", "video", "simulated"}),
        ("motion", "", {"dis", "refiner"}),
        ("fusion", "fuse", {"kalman", "material", "flow", "none"}),
    ],
)
def test_plugins_are_found_by_their_file_s_name(room, function, known):
    names = plugin_names(room, function)
    assert known <= set(names)
    assert list(names) == sorted(names) and not any(name.startswith("_") for name in names)
    for name in names:
        module = importlib.import_module(f"echogls.{room}.{name}")
        assert not function or callable(getattr(module, function))


def test_shared_files_of_a_room_are_no_plugins():
    assert "noise" in plugin_names("fusion") and "noise" not in plugin_names("fusion", "fuse")


def test_an_unknown_plugin_names_the_nearest_one():
    with pytest.raises(StudyError, match="no format 'dicm'; did you mean 'dicom'"):
        plugin("cohorts", "dicm", "format")
