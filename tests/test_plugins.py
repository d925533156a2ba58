import importlib

import pytest

from echogls.plugins import plugin, plugin_names
from echogls.study import StudyError


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
