"""Where the variance of readings comes from: patient, reader, both together, repeats.

From the long table, so that patients may miss a reader and readings may be repeated; the
model is in `reml`. Intervals come from the mean squares that the components stand for: with two
or three readers the reader variance has one or two degrees of freedom, and its interval says so
by its width.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from echogls.agreement.reml import Components, fit_components
from echogls.agreement.rows import (
    MIN_PAIRS,
    Row,
    check_fraction,
    constant,
    not_computed,
    statistic,
    variance_sum_interval,
)
from echogls.study import StudyError

VARIANCE_NAMES = (
    "variance_patient",
    "variance_reader",
    "variance_patient_reader",
    "variance_residual",
)
UNBOUNDED = "the likelihood has no maximum: readings repeat or add up exactly"
NAMES = (*VARIANCE_NAMES, "icc_a1_reml", "icc_c1_reml", "repeatability_sd", "reproducibility_sd")


def variance_components(
    patients: np.ndarray, readers: np.ndarray, values: np.ndarray, *, confidence: float = 0.95
) -> list[Row]:
    """Variance components by REML, and the intraclass correlations that they imply.

    value = mean + patient + reader + patient x reader + residual (`reml.fit_components`);
    icc_a1_reml = patient / all four, icc_c1_reml = patient / (all four - reader): ICC(A,1) and
    ICC(C,1) of McGraw & Wong 1996 for one reading by one reader, also where data are
    unbalanced. repeatability_sd = sqrt(residual), reproducibility_sd = sqrt(reader +
    patient_reader + residual) (VIM 2012). Variances: the values' unit squared.

    What cannot be told apart is not computed: without repeats by the same reader, patient x
    reader is in the residual; with one reader, reader and patient x reader are in no row.

    Parameters
    ----------
    patients, readers, values : (N,), one a reading; a missing value is left out.

    Returns
    -------
    rows NAMES; n is the number of patients. Intervals of variances and SDs: MOVER (Zou 2013,
    Stat Methods Med Res 22:630) over the mean squares of patients, readers, both and repeats,
    with harmonic means of the numbers of readings where they are not equal (exact mean squares
    in balanced data, else approximate); of ICC: the same mean squares as F with Satterthwaite's
    degrees, which is McGraw & Wong's interval where each reader read each patient once.

    When and how: repeatability_sd is how one reader's readings of a patient scatter,
    reproducibility_sd how those of different readers do; 1.96 sqrt(2) times either is the
    difference that two such readings stay under in 95 %.

    Example
    -------
    >>> rows = variance_components(np.repeat(np.arange(4), 2), np.tile(["a", "b"], 4),
    ...                            [-20.0, -19.0, -15.0, -15.5, -18.0, -17.0, -22.0, -20.0])
    >>> [row["statistic"] for row in rows if row["estimate"] is None]
    ['variance_patient_reader', 'repeatability_sd']
    """
    check_fraction("confidence", confidence)
    frame = _readings(patients, readers, values)
    n = frame["patient"].nunique()
    fitted, reason = _estimable(frame)
    if reason:
        return not_computed(NAMES, n, reason)
    model = fit_components(
        frame["patient"].to_numpy(),
        frame["reader"].to_numpy(),
        frame["value"].to_numpy(),
        fitted=fitted,
    )
    if not model.converged:
        return not_computed(NAMES, n, UNBOUNDED)
    return _rows(model, frame, confidence)


def one_way_correlation(
    patients: np.ndarray, values: np.ndarray, *, confidence: float = 0.95
) -> list[Row]:
    """ICC(1) by REML: patient / (patient + residual), readers not told apart, any number each.

    Shrout & Fleiss' ICC(1,1) for unbalanced data, row `icc_1_reml`.

    Example
    -------
    >>> row = one_way_correlation([1, 1, 2, 2, 2, 3, 3], [1.0, 2.0, 4.0, 6.0, 5.0, 9.0, 9.5])[0]
    >>> 0.9 < row["estimate"] < 1
    True
    """
    check_fraction("confidence", confidence)
    frame = _readings(patients, np.zeros(np.shape(values)), values)
    n = frame["patient"].nunique()
    if n < MIN_PAIRS or len(frame) == n or constant(_within(frame), frame["value"]):
        reason = (
            f"fewer than {MIN_PAIRS} patients"
            if n < MIN_PAIRS
            else "no patient was read twice or readings are equal"
        )
        return not_computed(["icc_1_reml"], n, reason)
    model = fit_components(
        frame["patient"].to_numpy(),
        np.zeros(len(frame)),
        frame["value"].to_numpy(),
        fitted=("patient", "residual"),
    )
    if not model.converged:
        return not_computed(["icc_1_reml"], n, UNBOUNDED)
    squares = _mean_squares(model, frame.assign(reader=0))
    return [_correlation("icc_1_reml", model.variances, squares, False, n, confidence)]


def _rows(model: Components, frame: pd.DataFrame, confidence: float) -> list[Row]:
    variances, rows, n = model.variances, [], frame["patient"].nunique()
    squares = _mean_squares(model, frame)
    for name in VARIANCE_NAMES:
        component = name.removeprefix("variance_")
        if component not in model.fitted:
            why = (
                "one reader only"
                if "reader" not in model.fitted
                else "no repeats by the same reader: it is in the residual"
            )
            rows += not_computed([name], n, why)
            continue
        ends = _component_interval(squares, component, confidence)
        how = f"REML, {squares.how}"
        if component in ("reader", "patient_reader"):
            how += "; wide: at 95 % held by 97 to 98 %"
        rows.append(statistic(name, variances[component], n, how, ends))
    if "reader" in model.fitted:
        rows.append(_correlation("icc_a1_reml", model.variances, squares, True, n, confidence))
        rows.append(_correlation("icc_c1_reml", model.variances, squares, False, n, confidence))
    else:
        rows += not_computed(["icc_a1_reml", "icc_c1_reml"], n, "one reader only")
    repeats = "reader" not in model.fitted or "patient_reader" in model.fitted
    if repeats:
        last = squares.parts[-1:], squares.degrees[-1:]
        rows.append(_deviation("repeatability_sd", *last, squares.how, n, confidence))
    else:
        rows += not_computed(["repeatability_sd"], n, "no repeats by the same reader")
    if "reader" in model.fitted:
        sums = _reproducibility(squares)
        rows.append(_deviation("reproducibility_sd", *sums, squares.how, n, confidence))
    else:
        rows += not_computed(["reproducibility_sd"], n, "one reader only")
    return rows


@dataclass(frozen=True)
class _MeanSquares:
    """What the components' mean squares would be, each over its number of readings.

    parts, degrees : of patients, readers, both and repeats, those that there are, in that order;
    parts[0] = patient + both / k + residual / (k m) and so on, k readers of a patient, n
    patients of a reader, m readings of both, harmonic means.
    """

    names: tuple[str, ...]
    parts: np.ndarray
    degrees: np.ndarray
    readers: float
    patients: float
    readings: float
    how: str


def _mean_squares(model: Components, frame: pd.DataFrame) -> _MeanSquares:
    cells = frame.groupby(["patient", "reader"]).size()
    by_patient, by_reader = (
        cells.groupby(level=name).size().to_numpy() for name in ("patient", "reader")
    )
    readers, patients, readings = (
        len(counts) / (1 / counts).sum() for counts in (by_patient, by_reader, cells.to_numpy())
    )
    n, k = len(by_patient), len(by_reader)
    balanced = len(cells) == n * k and len(set(cells)) == 1
    v = model.variances
    if "reader" not in model.fitted:
        # Readings of a patient are repeats whoever made them.
        readings = n / (1 / frame.groupby("patient").size()).sum()
        return _MeanSquares(
            names=("patient", "residual"),
            parts=np.array([v["patient"] + v["residual"] / readings, v["residual"]]),
            degrees=np.array([n - 1, len(frame) - n]),
            readers=1.0,
            patients=float(n),
            readings=float(readings),
            how="MOVER (Zou 2013)",
        )
    both = v["patient_reader"] + v["residual"] / readings
    names = ["patient", "reader", "patient_reader"]
    parts = [v["patient"] + both / readers, v["reader"] + both / patients, both]
    degrees = [n - 1, k - 1, max(1, len(cells) - n - k + 1)]
    if "patient_reader" in model.fitted:
        names.append("residual")
        parts.append(v["residual"])
        degrees.append(len(frame) - len(cells))
    else:
        names[-1] = "residual"
    return _MeanSquares(
        names=tuple(names),
        parts=np.array(parts),
        degrees=np.array(degrees),
        readers=float(readers),
        patients=float(patients),
        readings=float(readings),
        how="MOVER (Zou 2013)" if balanced else "MOVER (Zou 2013), approximate: not balanced",
    )


def _component_interval(
    squares: _MeanSquares, component: str, confidence: float
) -> tuple[float, float]:
    """Of a variance that is one mean square less a share of the next, not under 0."""
    place = squares.names.index(component)
    own, degrees = squares.parts[place], squares.degrees[place]
    low, high = variance_sum_interval(np.array([own]), np.array([degrees]), confidence)
    if component == "residual":
        return low, high
    if component == "patient_reader" or squares.names == ("patient", "residual"):
        share = 1 / squares.readings
        below = len(squares.names) - 1
    else:
        share = 1 / (squares.readers if component == "patient" else squares.patients)
        below = 2
    less = share * squares.parts[below]
    less_low, less_high = variance_sum_interval(
        np.array([less]), np.array([squares.degrees[below]]), confidence
    )
    value = own - less
    return (
        max(0.0, value - float(np.hypot(own - low, less_high - less))),
        value + float(np.hypot(high - own, less - less_low)),
    )


def _reproducibility(squares: _MeanSquares) -> tuple[np.ndarray, np.ndarray]:
    """reader + both + residual as positive shares of mean squares."""
    shares = np.array([1.0, 1 - 1 / squares.patients, 1 - 1 / squares.readings])
    count = len(squares.names) - 1
    return shares[:count] * squares.parts[1:], squares.degrees[1:]


def _deviation(
    name: str, parts: np.ndarray, degrees: np.ndarray, how: str, n: int, confidence: float
) -> Row:
    """The root of a sum of variances."""
    ends = np.sqrt(variance_sum_interval(parts, degrees, confidence))
    return statistic(name, np.sqrt(parts.sum()), n, f"REML, {how}", tuple(ends))


def _correlation(
    name: str,
    variances: dict[str, float],
    squares: _MeanSquares,
    biases: bool,
    n: int,
    confidence: float,
) -> Row:
    """patient over patient and what else scatters, the readers' biases too if `biases`.

    With P the mean square of patients, W all other variance and B / k its share in P, P / (t W +
    B / k) is F at the true t = patient / W; its degrees are Satterthwaite's at the estimate.
    """
    mean = dict(zip(squares.names, squares.parts, strict=True))
    degrees = dict(zip(squares.names, squares.degrees, strict=True))
    parts = {key: value for key, value in mean.items() if key != "patient"}
    one_way = "reader" not in parts
    cell = "patient_reader" if "patient_reader" in parts else "residual"
    shares = dict.fromkeys(parts, 1.0)
    if one_way:
        less = 1 / squares.readings
    else:
        less = 1 / squares.readers
        shares["reader"] = float(biases)
        shares[cell] = 1 - 1 / squares.patients if biases else 1.0
        if cell != "residual":
            shares["residual"] = 1 - 1 / squares.readings
    rest = sum(shares[key] * parts[key] for key in parts)
    icc = variances["patient"] / (variances["patient"] + rest)
    ratio = variances["patient"] / rest
    weights = {key: ratio * share for key, share in shares.items()}
    weights[cell] += less
    below = {key: weights[key] * parts[key] for key in parts}
    nu = sum(below.values()) ** 2 / sum(below[key] ** 2 / degrees[key] for key in parts)
    tail, above = 0.5 + confidence / 2, degrees["patient"]
    ends = (
        (mean["patient"] / stats.f.ppf(tail, above, nu) - less * parts[cell]) / rest,
        (mean["patient"] * stats.f.ppf(tail, nu, above) - less * parts[cell]) / rest,
    )
    interval = tuple(max(0.0, end) / (1 + max(0.0, end)) for end in ends)
    return statistic(name, icc, n, "REML, F with Satterthwaite's degrees", interval)


def _readings(patients: np.ndarray, readers: np.ndarray, values: np.ndarray) -> pd.DataFrame:
    shapes = {np.shape(patients), np.shape(readers), np.shape(values)}
    if len(shapes) != 1:
        raise StudyError(f"agreement: patients, readers and values of {shapes}; expected equal")
    frame = pd.DataFrame(
        {"patient": patients, "reader": readers, "value": np.asarray(values, float)}
    )
    return frame.dropna(subset="value").reset_index(drop=True)


def _estimable(frame: pd.DataFrame) -> tuple[tuple[str, ...], str | None]:
    """Which components the pattern of readings can tell apart, or why none."""
    if frame["patient"].nunique() < MIN_PAIRS:
        return (), f"fewer than {MIN_PAIRS} patients"
    per_patient = frame.groupby("patient")
    if (per_patient.size() < 2).all():
        return (), "no patient was read twice"
    if constant(_within(frame), frame["value"]):
        return (), "all readings of a patient are equal"
    repeated = len(frame) > len(frame.drop_duplicates(["patient", "reader"]))
    several = frame["reader"].nunique() > 1 and (per_patient["reader"].nunique() > 1).any()
    if not several:
        return ("patient", "residual"), None
    if not repeated:
        return ("patient", "reader", "residual"), None
    return ("patient", "reader", "patient_reader", "residual"), None


def _within(frame: pd.DataFrame) -> np.ndarray:
    return (frame["value"] - frame.groupby("patient")["value"].transform("mean")).to_numpy()
