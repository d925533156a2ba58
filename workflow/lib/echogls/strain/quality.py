"""What a strain curve says about itself."""

import numpy as np

from echogls.strain.cycle import Beat


def loop_drift(length: np.ndarray, beat: Beat) -> float:
    """100 (l at the next ED - l at ED) / (l at ED), percent: 0 for a loop that closes.

    NaN for a beat without a next ED.

    Parameters
    ----------
    length : (T,), arc length.
    """
    if beat.next_ed is None:
        return float("nan")
    return float(100 * (length[beat.next_ed] / length[beat.ed] - 1))
