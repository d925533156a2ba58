"""Variance components by restricted maximum likelihood, for any pattern of missing readings.

value = mean + patient + reader + patient x reader + error, all random and normal:
Patterson & Thompson 1971, Biometrika 58:545. A general mixed-model package inverts matrices of
the number of readings; here patients are independent but for a handful of readers, so one
step costs the number of readings times the square of the number of readers.

The residual variance is profiled out (Bates et al. 2015, J Stat Softw 67(1):1) and the others
are searched as logarithms of their ratios to it, in every model that leaves some of them at
zero: on the scale of standard deviations the likelihood is flat at zero, so that a search that
once comes there stays.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import optimize

from echogls.study import StudyError

COMPONENTS = ("patient", "reader", "patient_reader", "residual")
# Ratios to the residual that are searched; at the upper end the residual is taken for zero. A
# model with a component more must lower -2 log likelihood by over NEGLIGIBLE, so that rounding
# on another machine cannot decide whether a variance is zero or next to it.
LOG_RATIOS = (np.log(1e-7), np.log(1e8))
STARTS = (0.0, -3.0, 3.0)
NEGLIGIBLE = 1e-6
# Of a trial whose matrix cannot be factorised: higher than any likelihood's.
IMPOSSIBLE = 1e12


@dataclass(frozen=True)
class Components:
    """Estimated variances by name (those not fitted are 0)."""

    variances: dict[str, float]
    fitted: tuple[str, ...]
    mean: float
    converged: bool


@dataclass(frozen=True)
class _Cells:
    """Means of the readings of each patient by each reader, sorted by patient."""

    starts: np.ndarray  # first cell of each patient
    counts: np.ndarray  # readings of each cell
    columns: np.ndarray  # (cells, 1 + readers + 1): ones, reader indicators, cell means
    within_squares: float
    within_degrees: int


def fit_components(
    patients: np.ndarray, readers: np.ndarray, values: np.ndarray, *, fitted: tuple[str, ...]
) -> Components:
    """Fit the components named in `fitted`, others being zero.

    The lowest -2 log restricted likelihood over all models of some of the components, each
    searched from several starts; the smaller model where two are equally good.

    Parameters
    ----------
    patients, readers, values : (N,), one a reading, complete; N over the number of components.
    fitted : names of COMPONENTS, "residual" among them.

    Returns
    -------
    Components; not converged where the likelihood has no maximum, the readings repeating or
    adding up exactly, or where the search failed.

    Raises
    ------
    StudyError : names that are not COMPONENTS, or without "residual".

    Example
    -------
    >>> model = fit_components(np.repeat(np.arange(3), 2), np.tile([0, 1], 3),
    ...                        np.array([1.0, 2.0, 4.0, 6.0, 9.0, 9.5]),
    ...                        fitted=("patient", "residual"))
    >>> round(model.variances["residual"], 3)  # within-patient mean square 2.625 / 3
    0.875
    """
    unknown = set(fitted) - set(COMPONENTS)
    if unknown or "residual" not in fitted:
        raise StudyError(
            f"agreement: components {', '.join(fitted)}; expected some of "
            f"{', '.join(COMPONENTS)}, residual among them"
        )
    values = np.asarray(values, float)
    centre, scale = values.mean(), values.std(ddof=1)
    cells = _cells(patients, readers, (values - centre) / scale)
    searched = [name != "residual" and name in fitted for name in COMPONENTS]
    ratios, lowest = _best_ratios(tuple(np.flatnonzero(searched)), cells)
    converged = lowest < IMPOSSIBLE and ratios.max() < 0.999 * np.exp(LOG_RATIOS[1])
    _, residual, mean = (part[0] for part in _profile(ratios[None], cells))
    variances = ratios * residual
    return Components(
        variances=dict(zip(COMPONENTS, (variances * scale**2).tolist(), strict=True)),
        fitted=tuple(fitted),
        mean=float(centre + scale * mean),
        converged=bool(converged),
    )


def _best_ratios(searched: tuple[int, ...], cells: _Cells) -> tuple[np.ndarray, float]:
    """Ratios (4,) of COMPONENTS to the residual, and the lowest deviance."""
    best = np.array([0.0, 0.0, 0.0, 1.0])
    lowest = _profile(best[None], cells)[0][0]
    models = [kept for size in range(1, len(searched) + 1) for kept in combinations(searched, size)]
    for kept in models:
        # The best smaller model with the others beside it; the whole model from more starts.
        starts = [np.log(np.maximum(best[list(kept)], 0.03)), np.zeros(len(kept))]
        if kept == searched:
            starts += [np.full(len(kept), start) for start in STARTS]
        for start in starts:
            ratios, deviance = _search(kept, start, cells)
            needed = 0.0 if set(kept) == set(np.flatnonzero(best[:-1])) else NEGLIGIBLE
            if deviance < lowest - needed:
                best, lowest = ratios, deviance
    return best, lowest


def _search(kept: tuple[int, ...], start: np.ndarray, cells: _Cells) -> tuple[np.ndarray, float]:
    """The lowest deviance of one model from one start, over logarithms of its ratios."""
    size, columns = len(kept), list(kept)
    steps = 1e-5 * np.concatenate([np.zeros((1, size)), np.eye(size), -np.eye(size)])

    def with_slope(logs: np.ndarray) -> tuple[float, np.ndarray]:
        ratios = np.zeros((1 + 2 * size, len(COMPONENTS)))
        ratios[:, columns], ratios[:, -1] = np.exp(logs + steps), 1.0
        deviance = _profile(ratios, cells)[0]
        return deviance[0], (deviance[1 : size + 1] - deviance[size + 1 :]) / 2e-5

    optimum = optimize.minimize(
        with_slope,
        np.clip(start, *LOG_RATIOS),
        jac=True,
        method="L-BFGS-B",
        bounds=[LOG_RATIOS] * size,
        options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 300},
    )
    ratios = np.array([0.0, 0.0, 0.0, 1.0])
    ratios[columns] = np.exp(optimum.x)
    return ratios, float(optimum.fun)


def _profile(ratios: np.ndarray, cells: _Cells) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of trials (B, 4): deviance at the best residual variance, that variance, and the mean."""
    degrees = len(cells.counts) + cells.within_degrees - 1
    with np.errstate(all="ignore"):  # what cannot be computed is IMPOSSIBLE
        try:
            log_determinant, squares, mean = _quadratic(ratios, cells)
        except np.linalg.LinAlgError:
            nothing = np.ones(len(ratios))
            return IMPOSSIBLE * nothing, nothing, 0.0 * nothing
        residual = np.maximum(squares, 1e-300) / degrees
        deviance = log_determinant + degrees * (np.log(residual) + 1)
    return np.where(np.isfinite(deviance), deviance, IMPOSSIBLE), residual, mean


def _cells(patients: np.ndarray, readers: np.ndarray, values: np.ndarray) -> _Cells:
    frame = pd.DataFrame(
        {
            "patient": pd.factorize(np.asarray(patients))[0],
            "reader": pd.factorize(np.asarray(readers))[0],
            "value": values,
        }
    )
    grouped = frame.groupby(["patient", "reader"], sort=True)["value"]
    table = grouped.agg(["count", "mean"]).reset_index()
    deviations = frame["value"] - grouped.transform("mean")
    patient = table["patient"].to_numpy()
    reader = table["reader"].to_numpy()
    return _Cells(
        starts=np.flatnonzero(np.r_[True, patient[1:] != patient[:-1]]),
        counts=table["count"].to_numpy(float),
        columns=np.column_stack(
            [np.ones(len(table)), np.eye(reader.max() + 1)[reader], table["mean"]]
        ),
        within_squares=float((deviations**2).sum()),
        within_degrees=len(frame) - len(table),
    )


def _deviance(variances: np.ndarray, cells: _Cells) -> np.ndarray:
    """-2 log restricted likelihood but for constants, of trials (B, 4) of COMPONENTS."""
    log_determinant, squares, _ = _quadratic(variances, cells)
    return log_determinant + squares


def _quadratic(variances: np.ndarray, cells: _Cells) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of trials (B, 4) of COMPONENTS: log determinants and squares, whose sum is the deviance,
    and the mean's estimate.

    The cells' means have covariance A + reader U U', A = diag(v) + patient 1 1' patient by
    patient; by Woodbury all that is needed is G = M' A^-1 M with M = [1, U, means].
    """
    patient, reader, interaction, residual = variances.T[:, :, None]
    cell_variance = interaction + residual / cells.counts
    weighted = cells.columns / cell_variance[:, :, None]
    sums = np.add.reduceat(weighted, cells.starts, axis=1)
    shrink = 1 + patient * sums[:, :, 0]
    shrunk = (patient / shrink)[:, :, None] * sums
    gram = cells.columns.T @ weighted - sums.transpose(0, 2, 1) @ shrunk
    log_determinant = np.log(cell_variance).sum(axis=1) + np.log(shrink).sum(axis=1)

    ends = gram[:, [[0], [-1]], [0, -1]]
    if (reader > 0).any():
        cross, block = gram[:, [0, -1], 1:-1], gram[:, 1:-1, 1:-1]
        woodbury = np.eye(block.shape[1]) + reader[:, :, None] * block
        ends = ends - reader[:, :, None] * (
            cross @ np.linalg.solve(woodbury, cross.transpose(0, 2, 1))
        )
        log_determinant = log_determinant + np.linalg.slogdet(woodbury)[1]
    mean = ends[:, 0, 1] / ends[:, 0, 0]
    squares = ends[:, 1, 1] - ends[:, 0, 1] * mean
    log_determinant = log_determinant + np.log(ends[:, 0, 0])
    if cells.within_degrees:
        log_determinant = log_determinant + cells.within_degrees * np.log(residual[:, 0])
        squares = squares + cells.within_squares / residual[:, 0]
    return log_determinant, squares, mean
