import doctest
import importlib
import pkgutil

import pytest

import echogls.agreement

MODULES = [
    module.name for module in pkgutil.iter_modules(echogls.agreement.__path__, "echogls.agreement.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_give_what_they_say(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
