"""Limits of agreement where patients were read several times: readings are not patients.

Bland & Altman 1999, Stat Methods Med Res 8:135, section 5; 2007, J Biopharm Stat 17:571.
Intervals: Zou 2013, Stat Methods Med Res 22:630 (MOVER, `rows.variance_sum_interval`).
Difference = second - first; SDs are of single readings, ddof = 1.
"""

import numpy as np
import pandas as pd
from scipy import stats

from echogls.agreement.bland_altman import MULTIPLIER
from echogls.agreement.rows import (
    EQUAL,
    MIN_PAIRS,
    Row,
    check_fraction,
    not_computed,
    statistic,
    variance_sum_interval,
)
from echogls.study import StudyError

NAMES = ("bias_repeated", "sd_repeated", "loa_lower_repeated", "loa_upper_repeated")
FEW_PATIENTS = f"fewer than {MIN_PAIRS} patients"


def limits_true_value_constant(
    first_patients: np.ndarray,
    first: np.ndarray,
    second_patients: np.ndarray,
    second: np.ndarray,
    *,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """Limits for single readings where a patient's true value does not change between them.

    Each rater read a patient any number of times, unpaired. With D the difference of a
    patient's means and m1, m2 the numbers of readings (Bland & Altman 1999, 5.2; 2007, 2):
    var = var(D) + (1 - mean(1/m1)) sw1^2 + (1 - mean(1/m2)) sw2^2, sw the within-patient SD;
    bias = mean(D), so that a patient counts once however often read.

    Parameters
    ----------
    first_patients, first : (N,) patient and value of each reading of rater 1; a missing value
        is left out, and so is a patient whom the other rater did not read.
    second_patients, second : the same of rater 2.

    Returns
    -------
    rows NAMES; n is the number of patients. Not computed if no patient was read twice.

    Example
    -------
    >>> rows = limits_true_value_constant(
    ...     [1, 1, 2, 2, 3, 3], [5.0, 5.2, 6.0, 6.1, 7.2, 7.0],
    ...     [1, 1, 2, 2, 3, 3], [4.6, 4.8, 5.9, 5.7, 6.9, 6.8])
    >>> round(rows[0]["estimate"], 3), rows[0]["n"]
    (-0.3, 3)
    """
    check_fraction("confidence", confidence)
    ones = _by_patient(first_patients, first)
    twos = _by_patient(second_patients, second)
    common = ones.index.intersection(twos.index)
    ones, twos = ones.loc[common], twos.loc[common]
    n = len(common)
    if n < MIN_PAIRS:
        return not_computed(NAMES, n, FEW_PATIENTS)
    if (ones["count"] == 1).all() and (twos["count"] == 1).all():
        return not_computed(NAMES, n, "no patient was read twice")
    apart = (twos["mean"] - ones["mean"]).to_numpy()
    parts, degrees = [apart.var(ddof=1)], [n - 1]
    for one in (ones, twos):
        within = int((one["count"] - 1).sum())
        if within:
            share = 1 - (1 / one["count"]).mean()
            parts.append(share * one["squares"].sum() / within)
            degrees.append(within)
    return _limits(
        apart.mean(),
        np.sqrt(parts[0] / n),
        parts=np.array(parts),
        degrees=np.array(degrees),
        n=n,
        width=(multiplier, confidence),
        method="true value constant (Bland & Altman 1999)",
    )


def limits_true_value_varying(
    patients: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    *,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """Limits for pairs of simultaneous readings, several a patient, as of successive beats.

    One-way analysis of variance of the differences by patient, k patients, m_i pairs each, N in
    all (Bland & Altman 2007, 3): sb^2 = (MSB - MSW) / l, l = (N^2 - sum m_i^2) / ((k - 1) N),
    not less than 0; var = sb^2 + MSW; bias = mean of all N differences.

    Parameters
    ----------
    patients, first, second : (N,) patient and both raters' value of each pair; a pair with a
        missing value is left out.

    Returns
    -------
    rows NAMES; n is the number of patients. Not computed if no patient has two pairs.

    Example
    -------
    >>> rows = limits_true_value_varying(
    ...     [1, 1, 2, 2, 3, 3], [5.0, 5.2, 6.0, 6.1, 7.2, 7.0], [4.6, 4.8, 5.9, 5.7, 6.9, 6.8])
    >>> round(rows[1]["estimate"], 3)
    0.129
    """
    check_fraction("confidence", confidence)
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.shape != second.shape:
        raise StudyError(f"agreement: {first.shape} and {second.shape} readings; expected pairs")
    by_patient = _by_patient(patients, second - first)
    counts = by_patient["count"].to_numpy()
    n, pairs = len(by_patient), int(counts.sum())
    if n < MIN_PAIRS:
        return not_computed(NAMES, n, FEW_PATIENTS)
    if pairs == n:
        return not_computed(NAMES, n, "no patient has two pairs")
    bias = (by_patient["mean"] * counts).sum() / pairs
    within = by_patient["squares"].sum() / (pairs - n)
    between = (counts * (by_patient["mean"] - bias) ** 2).sum() / (n - 1)
    divisor = (pairs**2 - (counts**2).sum()) / ((n - 1) * pairs)
    patient_variance = max(0.0, (between - within) / divisor)
    # var = MSB / l + (1 - 1/l) MSW, of which MOVER takes the parts; sb^2 = 0 leaves MSW.
    if patient_variance > 0:
        parts = np.array([between / divisor, (1 - 1 / divisor) * within])
        degrees = np.array([n - 1, pairs - n])
    else:
        parts, degrees = np.array([within]), np.array([pairs - n])
    error = np.sqrt(patient_variance * (counts**2).sum() / pairs**2 + within / pairs)
    return _limits(
        bias,
        error,
        parts=parts,
        degrees=degrees,
        n=n,
        width=(multiplier, confidence),
        method="true value varying (Bland & Altman 2007)",
    )


def _limits(
    bias: float,
    error: float,
    *,
    parts: np.ndarray,
    degrees: np.ndarray,
    n: int,
    width: tuple[float, float],
    method: str,
) -> list[Row]:
    """Rows from the bias, its standard error, and the variance's parts with their degrees."""
    multiplier, confidence = width
    variance = parts.sum()
    if variance <= 1e-24 * max(1.0, bias**2):
        same = f"{method}; no interval: {EQUAL}"
        return [
            statistic(name, value, n, same)
            for name, value in zip(NAMES, (bias, 0.0, bias, bias), strict=True)
        ]
    sd, sd_low, sd_high = np.sqrt([variance, *variance_sum_interval(parts, degrees, confidence)])
    reach = stats.t.ppf(0.5 + confidence / 2, n - 1) * error
    outer = np.hypot(reach, multiplier * (sd_high - sd))
    inner = np.hypot(reach, multiplier * (sd - sd_low))
    lower, upper = bias - multiplier * sd, bias + multiplier * sd
    method = f"{method}; MOVER (Zou 2013)"
    return [
        statistic("bias_repeated", bias, n, method, (bias - reach, bias + reach)),
        statistic("sd_repeated", sd, n, method, (sd_low, sd_high)),
        statistic("loa_lower_repeated", lower, n, method, (lower - outer, lower + inner)),
        statistic("loa_upper_repeated", upper, n, method, (upper - inner, upper + outer)),
    ]


def _by_patient(patients: np.ndarray, values: np.ndarray) -> pd.DataFrame:
    """Count, mean and sum of squared deviations of each patient's values."""
    patients, values = np.asarray(patients), np.asarray(values, float)
    if patients.shape != values.shape:
        raise StudyError(
            f"agreement: {patients.shape} patients for {values.shape} values; expected one each"
        )
    frame = pd.DataFrame({"patient": patients, "value": values}).dropna()
    grouped = frame.groupby("patient")["value"]
    table = grouped.agg(["count", "mean"])
    deviation = frame["value"] - grouped.transform("mean")
    table["squares"] = (deviation**2).groupby(frame["patient"]).sum()
    return table
