"""The figures, one kind a file; here which of them a cohort has, and what stands below each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.figures.bland_altman import draw_bland_altman
from echogls.manuscript.figures.errors import draw_errors
from echogls.manuscript.figures.flow_chart import draw_flow, flow_height
from echogls.manuscript.figures.forest import draw_forest
from echogls.manuscript.figures.quality import draw_quality, has_reference
from echogls.manuscript.figures.scatter import draw_scatter
from echogls.manuscript.figures.style import COLUMN, MM, PAGE, canvas, save, save_notice
from echogls.manuscript.figures.timing import draw_timing
from echogls.manuscript.figures.traces import draw_trace
from echogls.manuscript.names import plain, rater_name
from echogls.manuscript.tables.table import SIGN_NOTE

PANEL = 62 * MM  # height of a panel
Curves = Mapping[tuple[str, str], Sequence[dict]]  # (patient, method) -> rows of the curve table


@dataclass(frozen=True)
class Figure:
    """One kind of figure: its file name, its caption, how it is drawn, whether it needs readers
    (or the truth), and of which cohorts it can be drawn."""

    name: str
    caption: str
    draw: Callable[[Cohort, Curves, Path], None]
    paired: bool = True
    drawn_of: Callable[[Cohort], bool] = lambda cohort: True

    def fits(self, cohort: Cohort) -> bool:
        """Whether the cohort has what the figure shows."""
        return (bool(cohort.tables["agreement"]) or not self.paired) and self.drawn_of(cohort)


def draw_agreement(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """The paper's Figure 2: Bland-Altman over all patients, and the traces of the patient
    nearest to the mean difference and of the one farthest from it."""
    method = cohort.methods[0]
    reference = cohort.reference_of(method)
    pairs = cohort.pairs(reference, method)
    if len(pairs) < 3:
        save_notice(stem, f"fewer than 3 patients with both {reference} and {method}")
        return
    statistics = _statistics(cohort, reference, method)
    average, worst = typical_and_worst(pairs)
    with canvas(PAGE, PANEL, 1, 3) as (figure, axes):
        draw_bland_altman(axes[0, 0], pairs, statistics)
        for panel, row, words in zip(
            axes[0, 1:], (average, worst), ("typical", "worst"), strict=True
        ):
            curve = curves.get((row["patient"], method), ())
            title = f"{row['patient']}, {words} agreement"
            draw_trace(panel, curve, _said(cohort, row["patient"]), method, title)
        save(figure, stem)


def draw_readers(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Reader against reader, and each reader's repeated readings are in variability.tsv."""
    keys = [key for key in cohort.statistics() if key[0] == "reader_reader"]
    keys = [key for key in keys if len(cohort.pairs(*key[1:])) > 2][:3]
    if not keys:
        save_notice(stem, "fewer than two readers with 3 patients in common")
        return
    with canvas(COLUMN * len(keys), PANEL, 1, len(keys)) as (figure, axes):
        for panel, key in zip(axes[0], keys, strict=True):
            draw_bland_altman(panel, cohort.pairs(*key[1:]), cohort.statistics()[key])
        save(figure, stem)


def draw_methods_scatter(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Each method against its reference."""
    drawn = [(cohort.reference_of(method), method) for method in cohort.methods]
    drawn = [pair for pair in drawn if pair[0] and len(cohort.pairs(*pair)) > 2]
    if not drawn:
        save_notice(stem, "no method with 3 patients beside a reference")
        return
    columns = min(3, len(drawn))
    rows = -(-len(drawn) // columns)
    with canvas(72 * MM * columns, 72 * MM * rows, rows, columns) as (figure, axes):
        for panel in axes.flat[len(drawn) :]:
            panel.axis("off")
        for panel, pair in zip(axes.flat, drawn, strict=False):
            draw_scatter(panel, cohort.pairs(*pair), _statistics(cohort, *pair))
        save(figure, stem)


def draw_comparisons(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Bias and limits of every method and reader against every reference."""
    wanted = ("method_mean", "method_reader", "method_truth", "reader_reader", "reader_truth")
    found = cohort.statistics()
    lines = [
        (f"{rater_name(key[2])} \N{MINUS SIGN} {rater_name(key[1])}", found[key])
        for kind in wanted
        for key in found
        if key[0] == kind
    ]
    _forest(lines, stem)


def draw_subgroups(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Bias and limits of the first method in each subgroup, against the best reference known."""
    _split_forest(cohort, "subgroups", lambda r: plain(f"{r['covariate']}: {r['level']}"), stem)


def draw_sensitivity(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Bias and limits of the first method under each definition of strain."""
    _split_forest(cohort, "sensitivity", lambda row: row["definition"], stem)


def draw_budget(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Bias and limits of the first method with parts replaced by the truth."""
    _split_forest(cohort, "budget", lambda row: row["definition"], stem)


def draw_segments(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Bias and limits of the first method in each segment, against the truth."""
    lines = []
    for measure in cohort.measures()[1:]:
        for key, rows in cohort.statistics(measure).items():
            if key[0] == "method_truth" and key[2] == cohort.methods[0]:
                lines.append((plain(measure.removeprefix("peak_systolic_strain_")), rows))
    _forest(lines, stem)


def draw_all_errors(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Differences of methods and readers to the truth, or of methods to the mean of readers."""
    found = list(cohort.statistics())
    for kinds in (("method_truth", "reader_truth"), ("method_mean",), ("method_reader",)):
        keys = [key for key in found if key[0] in kinds]
        keys = [key for key in keys if key[1] == keys[0][1]]
        errors = {
            key[2]: [float(row["difference"]) for row in cohort.pairs(*key[1:])] for key in keys
        }
        if errors:
            width = min(PAGE, COLUMN * (0.6 + 0.2 * len(errors)))
            with canvas(width, PANEL) as (figure, axes):
                draw_errors(axes[0, 0], errors, keys[0][1])
                save(figure, stem)
            return
    save_notice(stem, "no reader and no truth to compare with")


def draw_overlap(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Dice and distances where experts' outlines came with the clips."""
    with canvas(PAGE, PANEL, 1, 3) as (figure, axes):
        draw_quality(axes[0], cohort.tables["quality"])
        save(figure, stem)


def draw_flow_chart(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """The STARD flow of clips and patients."""
    flow = cohort.tables["flow"]
    with canvas(PAGE, flow_height(flow)) as (figure, axes):
        draw_flow(axes[0, 0], flow, cohort.label)
        save(figure, stem)


def draw_run_time(cohort: Cohort, curves: Curves, stem: Path) -> None:
    """Milliseconds a frame by stage."""
    with canvas(COLUMN, PANEL) as (figure, axes):
        draw_timing(axes[0, 0], cohort.tables["timing"])
        save(figure, stem)


def typical_and_worst(pairs: Sequence[dict]) -> tuple[dict, dict]:
    """The pair nearest to the mean difference and the one farthest from zero difference.

    Example
    -------
    >>> pairs = [{"patient": f"p{k}", "difference": d} for k, d in enumerate(("1", "-4", "0"))]
    >>> [row["patient"] for row in typical_and_worst(pairs)]
    ['p2', 'p1']
    """
    mean = sum(float(row["difference"]) for row in pairs) / len(pairs)
    average = min(pairs, key=lambda row: abs(float(row["difference"]) - mean))
    worst = max(pairs, key=lambda row: abs(float(row["difference"])))
    return average, worst


FIGURES = (
    Figure(
        "flow",
        "Patients and clips: entered, excluded and why, measured.",
        draw_flow_chart,
        paired=False,
    ),
    Figure(
        "agreement",
        "Bland-Altman plot of the first method, and strain traces of the patients nearest to the "
        "mean difference and farthest from agreement; dashed: GLS by each rater; shaded: 95 % "
        "intervals.",
        draw_agreement,
    ),
    Figure(
        "readers",
        "Reader against reader, first readings.",
        draw_readers,
        drawn_of=lambda cohort: len(cohort.readers) > 1,
    ),
    Figure(
        "scatter",
        "Each method against its reference, with the Deming line.",
        draw_methods_scatter,
    ),
    Figure(
        "comparisons",
        "Bias with 95 % interval and limits of agreement of every pair of raters.",
        draw_comparisons,
    ),
    Figure(
        "subgroups",
        "Bias and limits of the first method in subgroups of patients.",
        draw_subgroups,
        drawn_of=lambda cohort: bool(cohort.tables["subgroups"]),
    ),
    Figure(
        "sensitivity",
        "Bias and limits of the first method under each definition of strain.",
        draw_sensitivity,
    ),
    Figure(
        "budget",
        "Error budget of the first method: bias and limits against the truth, with parts of the "
        "pipeline replaced by the truth.",
        draw_budget,
        drawn_of=lambda cohort: bool(cohort.tables["budget"]),
    ),
    Figure(
        "segments",
        "Peak systolic strain of the six segments by the first method against the truth.",
        draw_segments,
        drawn_of=lambda cohort: len(cohort.measures()) > 1,
    ),
    Figure("errors", "Differences to the reference, a dot a patient.", draw_all_errors),
    Figure(
        "overlap",
        "Segmentation beside experts' outlines, a violin over images.",
        draw_overlap,
        paired=False,
        drawn_of=lambda cohort: has_reference(cohort.tables["quality"]),
    ),
    Figure("timing", "Run time by stage.", draw_run_time, paired=False),
)


def figures_of(cohort: Cohort) -> list[Figure]:
    """The figures that a cohort has, in the order of the manuscript."""
    return [figure for figure in FIGURES if figure.fits(cohort)]


def caption(figure: Figure, cohort: Cohort) -> str:
    """What stands below a figure: cohort, whether simulated, and the sign of a difference."""
    text = f"{figure.caption} Cohort: {cohort.label}."
    return f"{text} {SIGN_NOTE}" if figure.paired else text


def _statistics(cohort, reference, method):
    return next(rows for key, rows in cohort.statistics().items() if key[1:] == (reference, method))


def _said(cohort, patient):
    """Each reader's and the truth's GLS of a patient; of repeated readings the first."""
    said: dict[str, float] = {}
    for row in cohort.tables["readers"]:
        mine = (row["patient"], row["measure"], row["segment"]) == (patient, "gls", "global")
        if mine and row["value"] and row["status"] in ("", "ok"):
            said.setdefault(row["rater"], float(row["value"]))
    return said


def _split_forest(cohort, table, label, stem):
    """A forest of one table's levels, first method against its best reference."""
    method = cohort.methods[0]
    reference = cohort.best_reference(table, method)
    lines: dict[str, dict[str, dict]] = {}
    for row in cohort.tables[table]:
        if (row["rater_1"], row["rater_2"]) == (reference, method):
            lines.setdefault(label(row), {})[row["statistic"]] = row
    _forest(list(lines.items()), stem)


def _forest(lines, stem):
    if not lines:
        save_notice(stem, "nothing to compare")
        return
    with canvas(PAGE * 0.75, (14 + 6 * len(lines)) * MM) as (figure, axes):
        draw_forest(axes[0, 0], lines)
        save(figure, stem)
