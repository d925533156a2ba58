"""Agreement: raters (readers, methods, truth) compared, as pure functions on arrays and frames.

A *row* is one statistic (`rows`). Differences are rater_2 - rater_1, in the measure's own unit
(strain: percentage points). Every SD is the sample SD, ddof = 1. Fewer than 3 pairs, values
that do not vary and the like give a row whose estimate is None and whose method says why.

For plain arrays, in a notebook, `echogls.agreement.bland_altman(reader, method)` and its like (see
`plain`). Three of them are called as the files that they come from: those files' other functions
are found by `from echogls.agreement.bland_altman import ...`.
"""

from echogls.agreement.plain import (
    Statistics,
    bland_altman,
    bland_altman_percent,
    ccc,
    coverage_probability,
    deming,
    equivalence,
    error_sizes,
    icc,
    limits_from_moments,
    measurement_error,
    paired_tests,
    passing_bablok,
    pearson,
    proportional_bias,
    spearman,
    total_deviation_index,
    within_subject_cv,
)

__all__ = [
    "Statistics",
    "bland_altman",
    "bland_altman_percent",
    "ccc",
    "coverage_probability",
    "deming",
    "equivalence",
    "error_sizes",
    "icc",
    "limits_from_moments",
    "measurement_error",
    "paired_tests",
    "passing_bablok",
    "pearson",
    "proportional_bias",
    "spearman",
    "total_deviation_index",
    "within_subject_cv",
]
