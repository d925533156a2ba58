"""How people write ids, views and numbers: the examples of the docstrings, and folders."""

import doctest
import importlib

import pytest

from echogls import cohorts, written
from echogls.study import ID_PATTERN


@pytest.mark.parametrize(
    "module", ["written", "readers._roles", "readers._measures", "cohorts._overrides"]
)
def test_the_examples_of_the_docstrings_hold(module):
    found = doctest.testmod(importlib.import_module(f"echogls.{module}"))
    assert found.attempted > 0 and found.failed == 0


@pytest.mark.parametrize(
    "name", ["Øst 01", "Åse", "Łódź", "Петров", "Ωμέγα", "张伟", "Iğdır", "ß-2"]
)
def test_letters_of_any_script_are_kept_as_an_id(name):
    told = written.as_id(name)
    assert ID_PATTERN.fullmatch(told)
    assert len(told) >= len(name.replace(" ", "-")) - 1


def test_folders_that_differ_by_a_letter_are_two_patients(tmp_path):
    for name in ("Øst 01", "st 01", "张 1", "伟 1"):
        (tmp_path / name).mkdir()
    found = cohorts.list_patients("dicom", tmp_path)
    assert {"Ost-01", "st-01"} < set(found) and len(found) == 4
