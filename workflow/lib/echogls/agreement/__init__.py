"""Agreement: raters (readers, methods, truth) compared, as pure functions on arrays and frames.

A *row* is one statistic (`rows`). Differences are rater_2 - rater_1, in the measure's own unit
(strain: percentage points). Every SD is the sample SD, ddof = 1. Fewer than 3 pairs, values
that do not vary and the like give a row whose estimate is None and whose method says why.
"""
