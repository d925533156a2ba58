import numpy as np

from echogls.strain.cycle import Beat
from echogls.strain.quality import loop_drift


def test_drift_is_what_the_loop_misses_in_percent_of_its_start():
    length = np.array([100.0, 90.0, 80.0, 95.0, 103.0])
    assert loop_drift(length, Beat(0, 2, 4)) == 3.0000000000000027
    assert np.isnan(loop_drift(length, Beat(0, 2)))
