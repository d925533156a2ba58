"""Which raters are compared, and everything said about a pair: the rows of agreement.tsv.

Comparisons, rater_1 before rater_2, difference = rater_2 - rater_1:
method_reader (each reader, each method), method_mean (the mean of the readers who read that
patient, however many), reader_reader, method_method, method_truth, reader_truth, repeat (a
rater's first and second reading), all_readers (all together), interchangeability (all readers
and a method), repeat_interchangeability (one reader's repeats and a method), errors_truth and
errors_mean (two methods' errors against truth or the readers' mean).
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import pandas as pd

from echogls.agreement.calibration import calibration
from echogls.agreement.corrections import corrected
from echogls.agreement.equivalence import compare_errors
from echogls.agreement.interchangeability import interchangeability
from echogls.agreement.limits_of_many import limits_with_mean
from echogls.agreement.pair_statistics import Options, pair_statistics, repeated_statistics
from echogls.agreement.pairs import (
    MEAN_OF_READERS,
    check_raters,
    mean_of_readers,
    rater_pairs,
    ratio_to_mean,
    readers_a_patient,
    repeated_readings,
    usable_readings,
    wide_readings,
)
from echogls.agreement.pooled import SEGMENTAL, pooled_rows
from echogls.agreement.reliability import intraclass_correlations, measurement_error
from echogls.agreement.rows import ROW_COLUMNS, Row, not_computed, statistic
from echogls.agreement.variability import variance_components
from echogls.study import BEAT, MEASUREMENT_COLUMNS, SEGMENTS, STATED_ERRORS, StudyError

AGREEMENT_COLUMNS = ("cohort", "measure", "view", "comparison", "rater_1", "rater_2", *ROW_COLUMNS)
READERS = "readers"
# Two raters of one kind err alike; a truth does not err.
ALIKE = {"variance_ratio": 1.0}
ERROR_FREE = {"variance_ratio": float("inf"), "alike": False}
KINDS = {
    "method_reader": {"alike": False},
    "reader_reader": ALIKE,
    "method_method": ALIKE,
    "method_truth": ERROR_FREE,
    "reader_truth": ERROR_FREE,
}
# What variability.tsv shows of a comparison, readers beside methods.
VARIABILITY = (
    *("bias", "sd", "loa_lower", "loa_upper", "mae", "absolute_mean_error", "relative_mean_error"),
    *("within_subject_cv", "sem", "sem_agreement", "mdc95", "icc_a1", "icc_c1", "ccc", "tdi_90"),
    *("variance_patient", "variance_reader", "variance_patient_reader", "variance_residual"),
    *("icc_a1_reml", "icc_c1_reml", "repeatability_sd", "reproducibility_sd"),
)
VARIABILITY_OF = ("repeat", "reader_reader", "all_readers", "method_reader", "method_mean")


def agreement_rows(
    measurements: pd.DataFrame,
    *,
    methods: Sequence[str],
    readers: Sequence[str],
    truth: str | None = None,
    measures: Sequence[str] = ("gls",),
    segments: Sequence[str] = ("global",),
    options: Options | None = None,
) -> list[Row]:
    """All rows of agreement.tsv, AGREEMENT_COLUMNS, for every cohort and view in the table.

    Parameters
    ----------
    measurements : see `pairs.usable_readings`; readers, methods and truth in one table.
    methods, readers, truth : names in its column `rater`; the order gives rater_1 and rater_2
        within readers and within methods. A rater without readings in a cohort has no rows
        there.
    measures, segments : what to compare; a segment other than global is named in the rows'
        measure, as peak_systolic_strain_basal_septal.

    Returns
    -------
    rows; where a statistic cannot be computed its estimate is None and `method` says why.

    Raises
    ------
    StudyError : bad rows (see `usable_readings`), or a rater that is nowhere in the table.

    Example
    -------
    >>> row = dict(cohort="c", repeat=1, view="a4c", segment="global", measure="gls", unit="%",
    ...            status="ok", reason="")
    >>> table = pd.DataFrame([row | {"patient": f"p{i}", "rater": rater, "value": value - 2 * i}
    ...                       for i in range(3) for rater, value in (("r1", -16), ("dis", -15))])
    >>> agreement_rows(table, methods=["dis"], readers=["r1"])[0]["estimate"]
    1.0
    """
    options = options or Options()
    readings = usable_readings(measurements)
    named = [*methods, *readers, *([truth] if truth else [])]
    if len(set(named)) < len(named) or {READERS, MEAN_OF_READERS} & set(named):
        raise StudyError(
            f"agreement: raters {', '.join(named)}; expected each once, and none called "
            f"{READERS} or {MEAN_OF_READERS}"
        )
    check_raters(named, readings["rater"].unique())
    rows: list[Row] = []
    keys = ["cohort", "view", "measure", "segment"]
    wanted = readings[readings["measure"].isin(measures) & readings["segment"].isin(segments)]
    for (cohort, view, measure, segment), part in wanted.groupby(keys, sort=False):
        name = measure if segment == "global" else f"{measure}_{segment}"
        head = {"cohort": cohort, "measure": name, "view": view}
        chosen = {"measure": measure, "view": view, "segment": segment}
        for comparison, rater_1, rater_2, statistics in _compare(
            part, chosen, methods=methods, readers=readers, truth=truth, options=options
        ):
            pair = {"comparison": comparison, "rater_1": rater_1, "rater_2": rater_2}
            rows += [head | pair | row for row in statistics]
    return rows + corrected(rows)


def cohort_agreement(
    *,
    measurements: Sequence[dict],
    readings: Sequence[dict],
    methods: Sequence[str],
    truth: str = "truth",
    options: Options | None = None,
) -> list[Row]:
    """`agreement_rows` of one cohort from its two tables.

    Parameters
    ----------
    measurements, readings : rows of measurements.tsv and readers.tsv, values as text.
    methods : the study's methods; every rater of `readings` but `truth` is a reader.

    A rater without a usable value of its own (all excluded) is left out. The segments' peak
    systolic strain is compared in the same way, between all raters that have it, the truth and
    readers among them; their p values are corrected over pairs, and over pairs and segments
    together (`<test>_holm_segments`). All segments pooled are in `pooled_rows`, what methods
    state of their own errors in `stated_errors`, their beats beside each other in `beat_rows`.
    """
    table = pd.DataFrame([*measurements, *readings], columns=list(MEASUREMENT_COLUMNS))
    present = set(usable_readings(table)["rater"])
    readers = dict.fromkeys(row["rater"] for row in readings)
    raters = {
        "methods": [name for name in methods if name in present],
        "readers": [name for name in readers if name in present and name != truth],
        "truth": truth if truth in present else None,
        "options": options,
    }
    segmental = agreement_rows(table, **raters, measures=[SEGMENTAL], segments=SEGMENTS)
    return [
        *agreement_rows(table, **raters),
        *segmental,
        *corrected(segmental, ("cohort", "view", "comparison"), "holm_segments"),
        *pooled_rows(table, **raters),
        *stated_errors(table, methods=raters["methods"], truth=raters["truth"], options=options),
        *beat_rows(table, methods=raters["methods"], options=options),
    ]


def variability_rows(rows: Sequence[Row]) -> list[Row]:
    """Of rows of agreement.tsv those that tell variability within a reader (repeat), between
    readers (reader_reader, all_readers) and between method and readers, in that order.

    Example
    -------
    >>> rows = [dict(comparison=name, statistic="sd") for name in ("method_reader", "repeat")]
    >>> [row["comparison"] for row in variability_rows(rows)]
    ['repeat', 'method_reader']
    """
    return [
        row
        for comparison in VARIABILITY_OF
        for row in rows
        if row["comparison"] == comparison and row["statistic"] in VARIABILITY
    ]


def stated_errors(
    table: pd.DataFrame,
    *,
    methods: Sequence[str],
    truth: str | None,
    options: Options | None = None,
) -> list[Row]:
    """`calibration` of the measures STATED_ERRORS against the errors that the truth shows, by
    method."""
    options, rows = options or Options(), []
    for (cohort, view), part in stated_beside_errors(table, methods, truth).groupby(
        ["cohort", "view"], sort=False
    ):
        for (measure, method), one in part.groupby(["measure", "rater"], sort=False):
            statistics = calibration(
                one["error"].to_numpy(), one["stated"].to_numpy(), confidence=options.confidence
            )
            head = {"cohort": cohort, "measure": measure, "view": view}
            head |= {"comparison": "method_truth", "rater_1": truth, "rater_2": method}
            rows += [head | row for row in statistics]
    return rows


def stated_beside_errors(
    table: pd.DataFrame, methods: Sequence[str], truth: str | None
) -> pd.DataFrame:
    """A row a patient, view and method that states the error of its GLS and whose error is known:
    columns cohort, view, measure (study.STATED_ERRORS), rater, patient, error (method - truth)
    and stated, over 0."""
    readings, rows = usable_readings(table), []
    for (cohort, view), part in readings.groupby(["cohort", "view"], sort=False):
        values = wide_readings(part, measure="gls", view=view)
        for measure in STATED_ERRORS:
            stated = wide_readings(part, measure=measure, view=view)
            for method in methods:
                if truth not in values or method not in values or method not in stated:
                    continue
                errors = pd.DataFrame(
                    {"error": values[method] - values[truth], "stated": stated[method]}
                ).dropna()
                errors = errors[errors["stated"] > 0].rename_axis("patient").reset_index()
                if len(errors):
                    head = {"cohort": cohort, "view": view, "measure": measure, "rater": method}
                    rows.append(errors.assign(**head))
    columns = ["cohort", "view", "measure", "rater", "patient", "error", "stated"]
    return pd.concat(rows)[columns] if rows else pd.DataFrame(columns=columns)


def beat_rows(
    table: pd.DataFrame, *, methods: Sequence[str], options: Options | None = None
) -> list[Row]:
    """Test and retest of each method by itself, from beat to beat of one clip: the comparison
    `repeat` of measure gls_beat, the first beat before the second, of patients with two or more.

    When and how: a lower bound of what a second recording would change, for beats share the probe's
    place and the outline that names the tissue. Two recordings are compared where the cohort has
    `repeats: all`: comparison `repeat` of measure gls.
    """
    raters = set(table.loc[table["measure"] == BEAT, "rater"])
    measuring = [name for name in methods if name in raters]
    if not measuring:
        return []
    rows = agreement_rows(table, methods=measuring, readers=[], measures=[BEAT], options=options)
    return [row for row in rows if row["comparison"] == "repeat"]


def _compare(
    readings: pd.DataFrame,
    chosen: dict[str, str],
    *,
    methods: Sequence[str],
    readers: Sequence[str],
    truth: str | None,
    options: Options,
) -> Iterator[tuple[str, str, str, list[Row]]]:
    """Comparison, rater_1, rater_2 and rows, of one cohort, view, measure and segment."""
    wide = wide_readings(readings, **chosen)
    methods = [method for method in methods if method in wide]
    readers = [reader for reader in readers if reader in wide]
    truths = [truth] if truth in wide else []
    confidence = options.confidence
    every = {rater: repeated_readings(readings, rater, **chosen) for rater in wide}
    for comparison, rater_1, rater_2 in rater_pairs(methods, readers, truths):
        kind = KINDS[comparison]
        rows = pair_statistics(wide[rater_1].to_numpy(), wide[rater_2].to_numpy(), options, **kind)
        rows += repeated_statistics(every[rater_1], every[rater_2], options)
        yield comparison, rater_1, rater_2, rows

    for rater in (*readers, *methods):
        if every[rater].shape[1] > 1:
            one, two = every[rater].to_numpy()[:, :2].T
            yield "repeat", rater, rater, pair_statistics(one, two, options, variance_ratio=1.0)

    references = {"errors_truth": wide[truths[0]]} if truths else {}
    if len(readers) > 1:
        mean = mean_of_readers(wide, readers)
        references["errors_mean"] = mean
        for method in methods:
            counts = readers_a_patient(wide, readers, method)
            rows = pair_statistics(
                mean.to_numpy(),
                wide[method].to_numpy(),
                options,
                variance_ratio=ratio_to_mean(counts, options.variance_ratio),
                alike=False,
            )
            yield "method_mean", MEAN_OF_READERS, method, [*rows, _averaged(counts)]
        table = wide[readers].to_numpy()
        part = readings[readings["rater"].isin(readers)]
        complete = [
            *intraclass_correlations(table, confidence=confidence),
            *measurement_error(table, confidence=confidence),
            *limits_with_mean(table, multiplier=options.multiplier, confidence=confidence),
        ]
        rows = [
            *_of_complete(complete, int((wide[readers].notna().sum(axis=1) > 1).sum())),
            *variance_components(
                part["patient"].to_numpy(),
                part["rater"].to_numpy(),
                part["value"].to_numpy(),
                confidence=confidence,
            ),
        ]
        yield "all_readers", READERS, READERS, rows
    if readers:
        for method in methods:
            rows = interchangeability(
                wide[method].to_numpy(), wide[readers].to_numpy(), confidence=confidence
            )
            yield "interchangeability", READERS, method, rows
    # Where a reader read twice, the method is held against that reader's own repeats.
    for reader in readers:
        again = every[reader].reindex(wide.index)
        for method in methods if again.shape[1] > 1 else ():
            rows = interchangeability(
                wide[method].to_numpy(), again.to_numpy(), confidence=confidence
            )
            yield "repeat_interchangeability", reader, method, rows
    for comparison, reference in references.items():
        for one, two in combinations(methods, 2):
            rows = compare_errors(
                reference.to_numpy(),
                wide[one].to_numpy(),
                wide[two].to_numpy(),
                confidence=confidence,
            )
            yield comparison, one, two, rows


def _averaged(counts: pd.Series) -> Row:
    """How many readers the mean is of, by patient."""
    if counts.empty:
        return not_computed(["readers_a_patient"], 0, "no patient was read")[0]
    counted = [f"{patients} patients by {k}" for k, patients in counts.value_counts().items()]
    return statistic("readers_a_patient", counts.mean(), len(counts), ", ".join(counted))


def _of_complete(rows: Sequence[Row], several: int) -> list[Row]:
    """Rows of patients whom all readers read; where others were read too, they say so."""
    if rows[0]["n"] == several:
        return list(rows)
    note = f"; of {several} patients with several readers those read by all"
    return [row | {"method": f"{row['method']}{note}"} for row in rows]
