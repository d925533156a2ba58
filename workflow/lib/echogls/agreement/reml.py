"""Variance components by restricted maximum likelihood, for any pattern of missing readings.

value = mean + patient + reader + patient x reader + error, all random and normal:
Patterson & Thompson 1971, Biometrika 58:545. A general mixed-model package inverts matrices of
the number of readings; here patients are independent but for a handful of readers, so one
step costs the number of readings times the square of the number of readers.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize

from echogls.study import StudyError

COMPONENTS = ("patient", "reader", "patient_reader", "residual")
# A residual under this share of the largest variance is taken for zero; of the others, one
# without which -2 log likelihood is no more than NEGLIGIBLE higher, so that rounding on another
# machine cannot decide whether a variance is zero or next to it.
EDGE = 1e-8
NEGLIGIBLE = 1e-6


@dataclass(frozen=True)
class Components:
    """Estimated variances by name (those not fitted are 0) and their covariance matrix.

    `covariance` (F, F) is in the order of `fitted`; zero for components at the edge.
    """

    variances: dict[str, float]
    covariance: np.ndarray
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

    Minimises -2 log restricted likelihood over standard deviations not under 0, starting from
    equal shares of the variance; their covariance is the inverse of the observed information
    (numerical second derivatives by the variances).

    Parameters
    ----------
    patients, readers, values : (N,), one a reading, complete; N over the number of components.
    fitted : names of COMPONENTS, "residual" among them.

    Raises
    ------
    StudyError : names that are not COMPONENTS, or without "residual".

    Example
    -------
    >>> found = fit_components(np.repeat(np.arange(3), 2), np.tile([0, 1], 3),
    ...                        np.array([1.0, 2.0, 4.0, 6.0, 9.0, 9.5]),
    ...                        fitted=("patient", "residual"))
    >>> round(found.variances["residual"], 3)  # within-patient mean square 2.625 / 3
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

    def deviance(sds: np.ndarray) -> float:
        return _deviance(dict(zip(fitted, sds**2, strict=True)), cells)[0]

    start = np.full(len(fitted), np.sqrt(1 / len(fitted)))
    floor = [1e-5 if name == "residual" else 0.0 for name in fitted]
    found = optimize.minimize(
        deviance,
        start,
        jac="3-point",
        method="L-BFGS-B",
        bounds=[(low, None) for low in floor],
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500},
    )
    sds = found.x
    residual = fitted.index("residual")
    # Without residual the likelihood has no maximum: readings repeat, or add up, exactly.
    bounded = sds[residual] ** 2 >= EDGE * (sds**2).max()
    for which, name in enumerate(fitted if bounded else ()):
        without = sds.copy()
        without[which] = 0.0
        if name != "residual" and deviance(without) <= found.fun + NEGLIGIBLE:
            sds = without
    variances = sds**2
    by_name = dict(zip(fitted, variances, strict=True))
    inside = np.flatnonzero(variances > 0)
    covariance = np.zeros((len(fitted), len(fitted)))
    information = _information(by_name, fitted, inside, cells)
    if bounded and np.linalg.cond(information) < 1e14:
        covariance[np.ix_(inside, inside)] = np.linalg.inv(information)
    return Components(
        variances={name: float(by_name.get(name, 0.0) * scale**2) for name in COMPONENTS},
        covariance=covariance * scale**4,
        fitted=tuple(fitted),
        mean=float(centre + scale * _deviance(by_name, cells)[1]),
        # L-BFGS stops with a line-search warning once rounding is all that is left.
        converged=bounded and bool(found.success or np.abs(found.jac).max() < 1e-3 * len(values)),
    )


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


def _deviance(variances: dict[str, float], cells: _Cells) -> tuple[float, float]:
    """-2 log restricted likelihood but for constants, and the mean's estimate.

    The cells' means have covariance A + reader U U', A = diag(v) + patient 1 1' patient by
    patient; by Woodbury all that is needed is G = M' A^-1 M with M = [1, U, means].
    """
    patient, reader, interaction, residual = (variances.get(name, 0.0) for name in COMPONENTS)
    cell_variance = interaction + residual / cells.counts
    weighted = cells.columns / cell_variance[:, None]
    sums = np.add.reduceat(weighted, cells.starts)
    shrink = 1 + patient * sums[:, 0]
    gram = cells.columns.T @ weighted - (sums / shrink[:, None]).T @ (patient * sums)
    log_determinant = np.log(cell_variance).sum() + np.log(shrink).sum()

    ends = gram[np.ix_([0, -1], [0, -1])]
    if reader > 0:
        cross, block = gram[np.ix_([0, -1], range(1, len(gram) - 1))], gram[1:-1, 1:-1]
        woodbury = np.eye(len(block)) + reader * block
        ends = ends - reader * cross @ np.linalg.solve(woodbury, cross.T)
        log_determinant += np.linalg.slogdet(woodbury)[1]
    mean = ends[0, 1] / ends[0, 0]
    squares = ends[1, 1] - ends[0, 1] * mean
    deviance = log_determinant + np.log(ends[0, 0]) + squares
    if cells.within_degrees:
        deviance += cells.within_degrees * np.log(residual) + cells.within_squares / residual
    return float(deviance), float(mean)


def _information(
    variances: dict[str, float], fitted: tuple[str, ...], inside: np.ndarray, cells: _Cells
) -> np.ndarray:
    """Half the second derivatives of the deviance by the variances that are not at the edge."""
    point = np.array([variances[name] for name in fitted])
    steps = 1e-3 * point

    def at(*moves: tuple[int, int]) -> float:
        moved = point.copy()
        for which, sign in moves:
            moved[which] += sign * steps[which]
        return _deviance(dict(zip(fitted, moved, strict=True)), cells)[0]

    information = np.empty((len(inside), len(inside)))
    for row, i in enumerate(inside):
        for column, j in enumerate(inside[: row + 1]):
            second = (
                at((i, 1), (j, 1))
                - at((i, 1), (j, -1))
                - at((i, -1), (j, 1))
                + at((i, -1), (j, -1))
            ) / (4 * steps[i] * steps[j])
            information[row, column] = information[column, row] = second / 2
    return information
