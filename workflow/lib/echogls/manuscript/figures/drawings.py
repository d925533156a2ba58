"""What each figure of a cohort consists of: which rows go into which panels."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from echogls.manuscript.bullseye import draw_bullseye, segment_means
from echogls.manuscript.evidence import Cohort
from echogls.manuscript.figures.bland_altman import draw_bland_altman
from echogls.manuscript.figures.calibration import draw_reliability, draw_stated
from echogls.manuscript.figures.confusion import confusion_views, draw_confusion
from echogls.manuscript.figures.errors import draw_errors
from echogls.manuscript.figures.flow_chart import chart_height, draw_chart
from echogls.manuscript.figures.forest import draw_forest
from echogls.manuscript.figures.quality import draw_quality
from echogls.manuscript.figures.scatter import draw_scatter
from echogls.manuscript.figures.style import (
    COLUMN,
    MM,
    PAGE,
    WIDE,
    canvas,
    save,
    save_notice,
)
from echogls.manuscript.figures.timing import draw_timing, timing_jobs
from echogls.manuscript.figures.traces import draw_trace
from echogls.manuscript.findings import NAMED, outside, typical_and_farthest
from echogls.manuscript.selection import single_changes
from echogls.manuscript.wording import plain, quantity_name, rater_name

PANEL = 62 * MM  # height of a panel
MINUS = "\N{MINUS SIGN}"
Curves = Mapping[tuple[str, str], Sequence[dict]]  # (patient, rater) -> rows of the curve table


def draw_agreement(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """The paper's Figure 2: Bland-Altman over all patients, and the traces of the patient
    nearest to the mean difference and of the one farthest from none, with what others say;
    against the truth where it is known."""
    method = cohort.primary
    reference = cohort.reference_of(method)
    pairs = cohort.pairs(reference, method)
    if len(pairs) < 3:
        names = f"{rater_name(reference or 'a reference')} and {rater_name(method)}"
        save_notice(stem, f"fewer than 3 patients with both {names}")
        return
    shown = zip(typical_and_farthest(pairs), ("typical", "worst"), strict=True)
    with canvas(PAGE, PANEL, 1, 3, cohort.note) as (figure, axes):
        rows = _statistics(cohort, reference, method)
        draw_bland_altman(axes[0, 0], pairs, rows, named=outside(cohort, reference, method)[:NAMED])
        for panel, (patient, words) in zip(axes[0, 1:], shown, strict=True):
            others = {rater: rows for (one, rater), rows in curves.items() if one == patient}
            title = f"{patient}, {words} agreement"
            gls = _reference_gls(cohort, patient)
            draw_trace(
                panel,
                curves.get((patient, method), ()),
                gls,
                method=method,
                title=title,
                others=others,
            )
        save(figure, stem)


def draw_against_readers(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """The first method against the mean of readers and up to two of them."""
    kinds = ("method_mean", "method_reader")
    keys = [key for kind in kinds for key in cohort.statistics() if key[0] == kind]
    keys = [key for key in keys if key[2] == cohort.primary and len(cohort.pairs(*key[1:])) > 2]
    _bland_altmans(cohort, keys[:3], stem, "no reader with 3 patients beside the method")


def draw_readers(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Reader against reader, up to three pairs; repeated readings are in variability.tsv."""
    keys = [key for key in cohort.statistics() if key[0] == "reader_reader"]
    keys = [key for key in keys if len(cohort.pairs(*key[1:])) > 2][:3]
    _bland_altmans(cohort, keys, stem, "fewer than two readers with 3 patients in common")


def _bland_altmans(cohort, keys, stem, none):
    """Up to three plots beside each other; `none` is said where there is no pair."""
    if not keys:
        save_notice(stem, none)
        return
    width = (COLUMN, WIDE, PAGE)[len(keys) - 1]
    with canvas(width, PANEL, 1, len(keys), cohort.note) as (figure, axes):
        for panel, key in zip(axes[0], keys, strict=True):
            pairs, named = cohort.pairs(*key[1:]), outside(cohort, *key[1:])[:NAMED]
            draw_bland_altman(panel, pairs, cohort.statistics()[key], named=named)
        save(figure, stem)


def draw_methods_scatter(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Each method against its reference, on the same scales."""
    drawn = [(cohort.reference_of(method), method) for method in cohort.methods]
    drawn = [pair for pair in drawn if pair[0] and len(cohort.pairs(*pair)) > 2]
    if not drawn:
        save_notice(stem, "no method with 3 patients beside a reference")
        return
    values = [
        float(row[key])
        for pair in drawn
        for row in cohort.pairs(*pair)
        for key in ("value_1", "value_2")
    ]
    ends = (min(values) - 1, max(values) + 1)
    columns = min(3, len(drawn))
    rows = -(-len(drawn) // columns)
    size = (PAGE / 3 * columns, PAGE / 3 * 1.08 * rows)
    with canvas(*size, rows, columns, cohort.note) as (figure, axes):
        for panel in axes.flat[len(drawn) :]:
            panel.axis("off")
        for panel, pair in zip(axes.flat, drawn, strict=False):
            draw_scatter(panel, cohort.pairs(*pair), _statistics(cohort, *pair), ends)
        save(figure, stem)


def draw_comparisons(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Bias and limits of every method and reader against every reference."""
    wanted = ("method_truth", "reader_truth", "method_mean", "method_reader", "reader_reader")
    statistics = cohort.statistics()
    keys = [key for kind in wanted for key in statistics if key[0] == kind]
    groups = [k for k in range(1, len(keys)) if keys[k][:2] != keys[k - 1][:2]]
    lines = [
        (f"{rater_name(two)} {MINUS} {rater_name(one)}", statistics[kind, one, two])
        for kind, one, two in keys
    ]
    _forest(cohort, lines, stem, "difference", groups)


def draw_subgroups(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Bias and limits of the first method in each subgroup, against the best reference known."""
    _split_forest(cohort, "subgroups", _subgroup, stem)


def _subgroup(row):
    return f"{quantity_name(row['covariate'])}: {plain(row['level'])}"


def draw_sensitivity(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Bias and limits of the first method under definitions that differ in one point."""
    rows = cohort.judged("sensitivity", cohort.primary)
    reference = rows[0]["rater_1"] if rows else ""
    _forest(
        cohort,
        single_changes(rows),
        stem,
        f"{rater_name(cohort.primary)} {MINUS} {rater_name(reference)}",
    )


def draw_budget(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Bias and limits of the first method with parts replaced by the truth."""
    _split_forest(cohort, "budget", lambda row: row["definition"], stem)


def draw_segments(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Bias and limits of the first method in each segment, against the best reference known."""
    segments = cohort.segments()
    reference = segments[0][1] if segments else ""
    lines = [(plain(segment), rows) for segment, one, rows in segments if one == reference]
    _forest(cohort, lines, stem, f"{rater_name(cohort.primary)} {MINUS} {rater_name(reference)}")


def draw_bullseyes(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Mean strain of each segment over patients, a bull's-eye a rater."""
    rows = cohort.tables["bullseye"]
    raters = list(dict.fromkeys(row["rater"] for row in rows if row["status"] == "ok"))
    if not raters:
        save_notice(stem, "no segment was measured")
        return
    columns = min(3, len(raters))
    lines = -(-len(raters) // columns)
    width = {1: COLUMN, 2: WIDE, 3: PAGE}[columns]
    with canvas(width, PANEL * lines, lines, columns, cohort.note) as (figure, axes):
        for panel in axes.flat[len(raters) :]:
            panel.axis("off")
        for panel, rater in zip(axes.flat, raters, strict=False):
            means, n = segment_means([row for row in rows if row["rater"] == rater])
            draw_bullseye(panel, means, f"{rater_name(rater)} (n = {n})", decimals=1)
        save(figure, stem)


def draw_all_errors(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Differences of methods and readers to the truth, or of methods to the mean of readers."""
    pairs = list(cohort.statistics())
    for kinds in (("method_truth", "reader_truth"), ("method_mean",), ("method_reader",)):
        keys = [key for key in pairs if key[0] in kinds]
        keys = [key for key in keys if key[1] == keys[0][1]]
        errors = {
            key[2]: [float(row["difference"]) for row in cohort.pairs(*key[1:])] for key in keys
        }
        if errors:
            width = COLUMN if len(errors) < 4 else WIDE if len(errors) < 6 else PAGE
            with canvas(width, PANEL, note=cohort.note) as (figure, axes):
                draw_errors(axes[0, 0], errors, keys[0][1], cohort.readers)
                save(figure, stem)
            return
    save_notice(stem, "no reader and no truth to compare with")


def draw_calibration(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Errors that methods state of their GLS beside those that the truth shows."""
    methods, errors = {}, []
    for key, rows in cohort.stated_errors().items():
        methods[f"{stated_name(*key)}, n = {rows['stated_covers']['n']}"] = rows
        errors.append(_stated(cohort, *key))
    with canvas(PAGE, PANEL, 1, 2, cohort.note) as (figure, axes):
        draw_reliability(axes[0, 0], methods)
        draw_stated(axes[0, 1], errors)
        save(figure, stem)


def stated_name(measure: str, method: str) -> str:
    """How a method's stated error is called.

    Example
    -------
    >>> stated_name("gls_model_sd", "paper")
    'paper, by its own model'
    """
    return rater_name(method) + (", by its own model" if measure == "gls_model_sd" else "")


def draw_overlap(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Dice and distances where experts' outlines came with the clips, of the first network."""
    rows = cohort.tables["quality"]
    network = next(row.get("segmentation") for row in rows if row["measure"] == "dice")
    of_network = [row for row in rows if row.get("segmentation") == network]
    with canvas(PAGE, PANEL * 1.1, 1, 3, cohort.note) as (figure, axes):
        draw_quality(axes[0], of_network)
        save(figure, stem)


def draw_views(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Which views clips have and for which they were taken."""
    counts = cohort.tables["view_confusion"]
    side = (32 + 8 * len(confusion_views(counts))) * MM
    with canvas(COLUMN if side < COLUMN else WIDE, side, note=cohort.note) as (figure, axes):
        draw_confusion(axes[0, 0], counts)
        save(figure, stem)


def draw_flow_chart(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """The STARD flow of clips and patients."""
    rows = cohort.tables["flow"]
    with canvas(PAGE, chart_height(rows), note=cohort.note) as (figure, axes):
        draw_chart(axes[0, 0], rows, cohort.label)
        save(figure, stem)


def draw_run_time(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Milliseconds a frame by stage."""
    timing = cohort.tables["timing"]
    height = (18 + 5 * len(timing_jobs(timing))) * MM
    with canvas(WIDE, height, note=cohort.note) as (figure, axes):
        draw_timing(axes[0, 0], timing)
        save(figure, stem)


def _statistics(cohort, reference, method):
    return next(rows for key, rows in cohort.statistics().items() if key[1:] == (reference, method))


def _stated(cohort, measure, method):
    """(stated SD, error) of each patient of a method."""
    stated = {
        (row["patient"], row["view"]): float(row["value"])
        for row in reversed(cohort.tables["measurements"])
        if (row["rater"], row["measure"]) == (method, measure) and row["value"]
    }
    both = [
        (stated.get((row["patient"], row["view"])), float(row["difference"]))
        for row in cohort.pairs("truth", method)
    ]
    return [one for one in both if one[0]]


def _reference_gls(cohort, patient):
    """Each reader's and the truth's GLS of a patient; of repeated readings the first."""
    gls: dict[str, float] = {}
    for row in cohort.tables["readers"]:
        is_gls = (row["patient"], row["measure"], row["segment"]) == (patient, "gls", "global")
        if is_gls and row["value"] and row["status"] in ("", "ok"):
            gls.setdefault(row["rater"], float(row["value"]))
    return gls


def _split_forest(cohort, table, label, stem):
    """A forest of one table's levels, first method against its best reference."""
    lines: dict[str, dict[str, dict]] = {}
    rows = cohort.judged(table, cohort.primary)
    for row in rows:
        lines.setdefault(label(row), {})[row["statistic"]] = row
    reference = rows[0]["rater_1"] if rows else ""
    what = f"{rater_name(cohort.primary)} {MINUS} {rater_name(reference)}"
    _forest(cohort, list(lines.items()), stem, what)


def _forest(cohort, lines, stem, what, groups=()):
    if not lines:
        save_notice(stem, "nothing to compare")
        return
    each = 6 if len(lines) < 20 else 4.5
    with canvas(WIDE, (14 + each * len(lines)) * MM, note=cohort.note) as (figure, axes):
        draw_forest(axes[0, 0], lines, what, groups)
        save(figure, stem)
