import numpy as np
import pytest

import echogls
from echogls.agreement.bland_altman import bland_altman
from echogls.agreement.reliability import intraclass_correlations

NAMES = [name for name in echogls.agreement.__all__ if name != "Statistics"]


@pytest.fixture
def pair():
    rng = np.random.default_rng(3)
    first = rng.normal(-18, 2.5, 20)
    return first, first + rng.normal(0.5, 1.0, 20)


@pytest.mark.parametrize("name", NAMES)
def test_every_function_is_a_function_of_arrays_and_its_rows_answer_to_their_names(name, pair):
    function = getattr(echogls.agreement, name)
    needs = {
        "coverage_probability": {"within": 2.0},
        "equivalence": {"margin": 2.0},
    }
    values = (0.5, 1.0, 20) if name == "limits_from_moments" else pair
    found = function(*values, **needs.get(name, {}))
    assert len(found) and function.__doc__
    for row in found:
        assert found[row["statistic"]] == row
        assert row["estimate"] is not None and row["n"] == 20
    assert list(found.table().index) == [row["statistic"] for row in found]


def test_they_say_what_the_workflow_s_functions_say(pair):
    assert echogls.agreement.bland_altman(*pair) == bland_altman(*pair)
    table = np.column_stack(pair)
    assert echogls.agreement.icc(*pair) == intraclass_correlations(table)
    assert echogls.agreement.icc(table) == intraclass_correlations(table)


def test_missing_values_and_wrong_ones(pair):
    first, second = pair
    found = echogls.agreement.ccc(np.r_[first, np.nan], np.r_[second, -18.0])
    assert found["ccc"]["n"] == 20
    with pytest.raises(KeyError, match="did you mean 'ccc'"):
        found["cc"]
    with pytest.raises(echogls.StudyError, match="one length"):
        echogls.agreement.icc(first, second[:-1])
