"""The figures, one kind a file; here which of them a cohort has, and what stands below each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.figures import drawings
from echogls.manuscript.figures.confusion import confusion_views, view_name
from echogls.manuscript.figures.drawings import Curves
from echogls.manuscript.figures.quality import has_reference
from echogls.manuscript.findings import (
    FEWEST_FOR_LIMITS,
    in_words,
    limits_shown,
    outside_words,
    pairs_in_order,
    statistics_of,
)
from echogls.manuscript.rounding import interval, limits, number, signed
from echogls.manuscript.tables.table import SIGN_NOTE
from echogls.manuscript.wording import counted, plain, rater_name
from echogls.study import VIEWS


@dataclass(frozen=True)
class Figure:
    """One kind of figure: its file name, its caption, how it is drawn, whether it needs readers
    (or the truth), and of which cohorts it can be drawn; none is of one patient only."""

    name: str
    caption: str
    draw: Callable[[Cohort, Curves, Path], None]
    paired: bool = True
    drawn_of: Callable[[Cohort], bool] = lambda cohort: True
    seen: Callable[[Cohort], str] | None = None  # what it shows, for the alternative text

    def fits(self, cohort: Cohort) -> bool:
        """Whether the cohort has what the figure shows."""
        paired = bool(cohort.tables["agreement"]) or not self.paired
        return cohort.patients > 1 and paired and self.drawn_of(cohort)


FIGURES = (
    Figure(
        "flow",
        "Patients and clips: entered, excluded and why, measured, compared.",
        drawings.draw_flow_chart,
        seen=lambda cohort: flow_sentence(cohort),
        paired=False,
    ),
    Figure(
        "views",
        "Views as classified beside the true ones: counts, shaded by their share of the row. "
        "{views}.",
        drawings.draw_views,
        paired=False,
        drawn_of=lambda cohort: bool(cohort.tables["view_confusion"]),
    ),
    Figure(
        "agreement",
        "{method} against {reference}. Left: Bland-Altman plot with bias, limits of agreement and "
        "their intervals (shaded); patients outside the limits are named; orange line: trend of "
        "the differences, where significant. Then strain traces of the patient nearest to the mean "
        "difference and of the one farthest from agreement: black, {method}, shaded the 95 % "
        "interval of its stated error where that is calibrated; horizontal lines, GLS as each "
        "rater gave it (first reading); a coloured trace where a rater has one.",
        drawings.draw_agreement,
        seen=lambda cohort: pair_sentence(
            cohort, cohort.reference_of(cohort.primary), cohort.primary
        ),
    ),
    Figure(
        "agreement_readers",
        "{method} against readers: bias, limits of agreement and their intervals (shaded); "
        "patients outside the limits are named; orange line: trend of the differences, where "
        "significant.",
        drawings.draw_against_readers,
        # where `agreement` is against a reader already, this would be the same again
        drawn_of=lambda cohort: cohort.reference_of(cohort.primary) == "truth" and cohort.readers,
        seen=lambda cohort: " ".join(
            pair_sentence(cohort, one, two)
            for kind, one, two in pairs_in_order(cohort)
            if kind in ("method_mean", "method_reader") and two == cohort.primary
        ),
    ),
    Figure(
        "readers",
        "Reader against reader, first readings: bias, limits of agreement and their intervals.",
        drawings.draw_readers,
        drawn_of=lambda cohort: len(cohort.readers) > 1,
        seen=lambda cohort: " ".join(
            pair_sentence(cohort, one, two)
            for kind, one, two in pairs_in_order(cohort)
            if kind == "reader_reader"
        ),
    ),
    Figure(
        "scatter",
        "Each method against {reference}; grey: identity, black: Deming line.",
        drawings.draw_methods_scatter,
    ),
    Figure(
        "comparisons",
        "Bias with its interval (thick, at the right in figures) and limits of agreement (thin, of "
        f"{FEWEST_FOR_LIMITS} patients and more) of every method and reader against every "
        "reference.",
        drawings.draw_comparisons,
        seen=lambda cohort: " ".join(
            pair_sentence(cohort, *key[1:])
            for key in pairs_in_order(cohort)
            if key[0] != "method_method"
        ),
    ),
    Figure(
        "subgroups",
        "{method} against {best} in subgroups of patients: bias with its interval (thick) and "
        f"limits of agreement (thin, of {FEWEST_FOR_LIMITS} patients and more).",
        drawings.draw_subgroups,
        drawn_of=lambda cohort: bool(cohort.tables["subgroups"]),
    ),
    Figure(
        "sensitivity",
        "{method} against {best} under other definitions of strain, each differing from the "
        "study's own in one point, and the extremes of all combinations (sensitivity.tsv).",
        drawings.draw_sensitivity,
    ),
    Figure(
        "budget",
        "Error budget of {method}: bias and limits of agreement with the truth, parts of the "
        "pipeline being replaced by the truth.",
        drawings.draw_budget,
        drawn_of=lambda cohort: bool(cohort.tables["budget"]),
    ),
    Figure(
        "segments",
        "Peak systolic strain of the six segments, {method} against {best}.",
        drawings.draw_segments,
        seen=lambda cohort: segments_sentence(cohort),
        drawn_of=lambda cohort: bool(cohort.segments()),
    ),
    Figure(
        "errors",
        "Differences to {best}, a dot a patient; readers, where they are compared, in orange.",
        drawings.draw_all_errors,
    ),
    Figure(
        "calibration",
        "Random errors that methods state of their GLS, against the truth. Left: share of "
        "patients whose true GLS lies in the stated interval, with its own interval; grey: as it "
        "should be. Right: each patient; between the grey lines should lie 95 %.",
        drawings.draw_calibration,
        drawn_of=lambda cohort: bool(cohort.stated_errors()),
        seen=lambda cohort: calibration_sentence(cohort),
    ),
    Figure(
        "bullseye",
        "Bull's-eye of 17 segments, mean peak systolic or end-systolic strain (as the study's GLS) "
        "over patients, signed percent; grey: not measured.",
        drawings.draw_bullseyes,
        paired=False,
        drawn_of=lambda cohort: bool(cohort.tables["bullseye"]),
    ),
    Figure(
        "overlap",
        "Segmentation beside experts' outlines, a dot an image.",
        drawings.draw_overlap,
        paired=False,
        drawn_of=lambda cohort: has_reference(cohort.tables["quality"]),
    ),
    Figure(
        "timing",
        "Run time by stage, a dot a patient; a box holds the middle half.",
        drawings.draw_run_time,
        paired=False,
    ),
)


def figures_of(cohort: Cohort) -> list[Figure]:
    """The figures that a cohort has, in the order of the manuscript."""
    return [figure for figure in FIGURES if figure.fits(cohort)]


def caption(figure: Figure, cohort: Cohort) -> str:
    """What stands below a figure: cohort, whether simulated, and the sign of a difference."""
    names = {
        "method": cohort.primary,
        "reference": cohort.reference_of(cohort.primary),
        "best": cohort.best_reference("pairs", cohort.primary),
    }
    words = figure.caption.format(
        views=_views(cohort), **{key: in_words(name) for key, name in names.items()}
    )
    text = f"{words[:1].upper()}{words[1:]} Cohort: {cohort.label}."
    return f"{text} {SIGN_NOTE}" if figure.paired else text


def _views(cohort):
    """What the names of the views in the picture of views mean."""
    seen = confusion_views(cohort.tables["view_confusion"])
    return "; ".join(f"{view_name(view)} {VIEWS.get(view, view)}" for view in seen)


def spoken(figure: Figure, cohort: Cohort) -> str:
    """What is seen on a figure, in words and figures, for those who do not see it."""
    below = caption(figure, cohort)
    seen = figure.seen(cohort) if figure.seen else ""
    return f"{below} {seen}".strip()


def flow_sentence(cohort: Cohort) -> str:
    """Who entered and whom each method measured."""
    rows = cohort.tables["flow"]
    entered = [counted(row["n"], row["unit"]) for row in rows if row["kind"] == "entered"]
    left = [row for row in rows if (row["stage"], row["kind"]) == ("strain", "left")]
    measured = [f"{row['n']} by {rater_name(row['rater'])}" for row in left]
    return f"{' and '.join(entered)} entered; measured: {', '.join(measured) or 'nobody'}."


def segments_sentence(cohort: Cohort) -> str:
    """Bias of each segment with its interval."""
    biases = [
        f"{plain(name)} {interval(rows.get('bias'), sign=True)}"
        for name, _, rows in cohort.segments()
    ]
    return f"Bias: {'; '.join(biases)} points." if biases else ""


def calibration_sentence(cohort: Cohort) -> str:
    """In how many patients each method's stated 95 % interval holds the truth."""
    shares = [
        f"{drawings.stated_name(*key)}, in {number(100 * float(row['estimate']), 0)} % of "
        f"{row['n']}"
        for key, rows in cohort.stated_errors().items()
        for row in [rows["stated_covers"]]
    ]
    return f"The stated 95 % interval holds the truth: {'; '.join(shares)}."


def pair_sentence(cohort: Cohort, one: str, two: str) -> str:
    """Bias and limits of a pair in a sentence, as a plot of it shows them."""
    rows = statistics_of(cohort, one, two)
    if not rows.get("bias", {}).get("estimate"):
        return ""
    sentence = f"{rater_name(two)} minus {rater_name(one)}: bias {signed(rows['bias']['estimate'])}"
    if limits_shown(rows, len(cohort.pairs(one, two))):
        sentence += f", limits {limits(rows)}, {outside_words(cohort, one, two)}"
    return f"{sentence}."
