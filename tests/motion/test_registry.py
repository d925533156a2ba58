import subprocess
import sys

import pytest

from echogls import motion
from echogls.study import StudyError


def test_names_are_the_files_without_underscore():
    assert {"block_matching", "dis"} <= set(motion.names())
    assert not any(name.startswith("_") for name in motion.names())


def test_names_are_listed_without_importing_estimators():
    program = (
        "import sys; from echogls import motion; "
        "print([n for n in motion.names() if 'echogls.motion.' + n in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert said.stdout.strip() == "[]", said.stderr


@pytest.mark.parametrize("name", ["block_maching", "_window", "../dis", ""])
def test_an_unknown_estimator_names_a_known_one(name):
    with pytest.raises(StudyError, match=r"no estimator.*(did you mean '\w+'|known: \w+, )"):
        motion.estimator(name)
