"""A Bland-Altman plot within the page: every point is a link to its patient."""

from collections.abc import Mapping

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.findings import (
    FEWEST_FOR_AGREEMENT,
    NAMED,
    levels,
    limits_shown,
    outside,
    outside_words,
    proportional,
    statistics_of,
)
from echogls.manuscript.page.svg import group, spread_out, tag, ticks
from echogls.manuscript.rounding import number, p_value, signed
from echogls.manuscript.wording import counted, rater_name

# Points, by judgement: each link adds to the page's size; of more, those of patients inside the
# page and outside the limits are.
ALL_LINKED = 1000
WIDTH, HEIGHT = 480, 400
LEFT, RIGHT, TOP, BOTTOM = 58, 362, 26, 346
LINES = {"loa_upper": "upper", "bias": "bias", "loa_lower": "lower"}
EVEN = "\N{PLUS-MINUS SIGN}"


def difference_plot(
    cohort: Cohort,
    one: str,
    two: str,
    links: Mapping[str, str],
    allowed: float | None = None,
) -> str:
    """SVG of the differences two - one over the means of both, or over the truth, GLS.

    Bias and limits with their values and intervals, where agreement.tsv has them; the line of a
    bias that goes with the abscissa; the difference that was allowed beforehand (`allowed`,
    percentage points). `links` : patient -> what its point leads to.
    """
    pairs, rows = cohort.pairs(one, two), statistics_of(cohort, one, two)
    order = outside(cohort, one, two)
    out, named = set(order), set(order[:NAMED])
    places, abscissa = levels(pairs)
    differences = [float(row["difference"]) for row in pairs]
    lines = _lines(rows, len(pairs))
    reach = [abs(y) for y in differences] + [abs(line[0]) for line in lines.values()]
    # An interval may be as wide as it likes where few patients are; the points are what counts.
    most = max(reach, default=1.0)
    reach += [min(abs(end), 1.6 * most) for line in lines.values() for end in line[1]]
    reach += [allowed or 0, 0.5]
    tall = 1.12 * max(reach)
    first, last = min(places, default=-20) - 0.8, max(places, default=-15) + 0.8

    def x(value: float) -> float:
        return LEFT + (value - first) / (last - first) * (RIGHT - LEFT)

    def y(value: float) -> float:
        return TOP + (tall - value) / (2 * tall) * (BOTTOM - TOP)

    ends = {"first": first, "last": last, "tall": tall}
    drawn = [_axes(x, y, **ends, one=one, two=two, n=len(pairs), cohort=cohort, abscissa=abscissa)]
    drawn += _limits(lines, y)
    if allowed:
        for end in (-allowed, allowed):
            drawn.append(_across(y(end), "allowed"))
        words = f"allowed {EVEN}{number(allowed)}"
        drawn.append(tag("text", words, x=LEFT + 4, y=y(allowed) - 4, class_="small allowed"))
    if proportional(rows):
        drawn += _slope(rows, x, y, first=first, last=last, tall=tall)
    plain = []  # points that lead nowhere, all in one path
    for row, place, difference in zip(pairs, places, differences, strict=True):
        patient = row["patient"]
        inside = links.get(patient, "").startswith("#")
        if len(pairs) > ALL_LINKED and patient not in out and not inside:
            plain.append(f"M{x(place):.1f} {y(difference):.1f}h0")
            continue
        values = ", ".join(
            f"{rater_name(name)} {number(row[key])} %"
            for name, key in ((two, "value_2"), (one, "value_1"))
        )
        where = ", outside the limits" if patient in out else ""
        label = f"{patient}: {values}, difference {signed(difference)} points{where}"
        dot = tag("circle", cx=x(place), cy=y(difference), r=6, class_="out" if where else None)
        drawn.append(
            group(
                "a", tag("title", label), dot, href=links.get(patient, "#"), aria_label=label,
                class_="dot", data_patient=patient,
            )
        )  # fmt: skip
        if patient in named:  # beside its point, towards the middle of the plot
            left = x(place) > (LEFT + RIGHT) / 2
            drawn.append(
                tag("text", patient, x=x(place) + (-10 if left else 10), y=y(difference) + 4,
                    text_anchor="end" if left else "start", class_="small name")
            )  # fmt: skip
    if plain:
        drawn.append(tag("path", d="".join(plain), class_="points"))
    return group(
        "svg", *drawn, viewBox=f"0 0 {WIDTH} {HEIGHT}", class_="plot", role="group",
        aria_label=spoken_plot(cohort, one, two),
    )  # fmt: skip


def spoken_plot(cohort: Cohort, one: str, two: str) -> str:
    """What is seen, for those who do not see it."""
    pairs, rows = cohort.pairs(one, two), statistics_of(cohort, one, two)
    plot = (
        f"Bland-Altman plot of {rater_name(two)} minus {rater_name(one)} over "
        f"{levels(pairs)[1].removesuffix(', GLS (%)')}, "
        f"{counted(len(pairs), 'patients')}"
    )
    if len(pairs) < FEWEST_FOR_AGREEMENT or "bias" not in rows:
        return f"{plot}: too few to draw lines."
    parts = [f"bias {signed(rows['bias']['estimate'])}"]
    if limits_shown(rows, len(pairs)):
        ends = [signed(rows[name]["estimate"]) for name in ("loa_lower", "loa_upper")]
        parts.append(f"limits {ends[0]} to {ends[1]} points")
        parts.append(outside_words(cohort, one, two))
    if proportional(rows):
        parts.append(slope_words(rows))
    return f"{plot}; {'; '.join(parts)}."


def slope_words(rows: Mapping[str, dict]) -> str:
    """A bias that goes with the abscissa."""
    slope, p = (rows[f"proportional_{name}"]["estimate"] for name in ("slope", "p"))
    p = p_value(p)
    equals = p if p.startswith("<") else f"= {p}"
    return f"the difference depends on the level of GLS (slope {signed(slope, 2)}, p {equals})"


def _lines(rows, n):
    """statistic -> (estimate, (low, high)) of bias and limits, as far as they are told."""
    lines = {}
    if n < FEWEST_FOR_AGREEMENT:
        return lines
    for name in LINES if limits_shown(rows, n) else ["bias"]:
        row = rows.get(name)
        if row and row["estimate"]:
            value = float(row["estimate"])
            ends = [float(row[key]) if row[key] else value for key in ("ci_low", "ci_high")]
            lines[name] = (value, ends)
    return lines


def _axes(x, y, *, first, last, tall, one, two, n, cohort, abscissa):
    drawn = []
    for value in ticks(-tall, tall):
        kind = "zero" if value == 0 else "grid"
        drawn.append(_across(y(value), kind))
        whole = 0 if all(v == int(v) for v in ticks(-tall, tall)) else 1
        drawn.append(
            tag("text", signed(value, whole), x=LEFT - 6, y=y(value) + 4, text_anchor="end")
        )
    for value in ticks(first, last, 6):
        whole = 0 if all(v == int(v) for v in ticks(first, last, 6)) else 1
        drawn.append(tag("text", number(value, whole), x=x(value), y=BOTTOM + 18,
                         text_anchor="middle"))  # fmt: skip
    middle = (TOP + BOTTOM) / 2
    drawn += [
        tag("text", f"n = {n}{', simulated patients' if cohort.simulated else ''}", x=LEFT, y=15,
            class_="strong"),
        tag("text", abscissa, x=(LEFT + RIGHT) / 2, y=BOTTOM + 40,
            text_anchor="middle"),
        tag("text", f"{rater_name(two)} \N{MINUS SIGN} {rater_name(one)} (points)",
            transform=f"translate(12 {middle:.0f}) rotate(-90)", text_anchor="middle"),
    ]  # fmt: skip
    return "".join(drawn)


def _limits(lines, y):
    """Lines with their intervals shaded, and beside them what they are."""
    drawn = []
    names = list(lines)
    places = spread_out([y(lines[name][0]) for name in names], 36, TOP + 8, BOTTOM - 8)
    for name, place in zip(names, places, strict=True):
        value, (low, high) = lines[name]
        low, high = (min(max(y(end), TOP), BOTTOM) for end in (low, high))
        drawn.append(tag("rect", x=LEFT, width=RIGHT - LEFT, y=high, height=low - high,
                         class_="band"))  # fmt: skip
        drawn.append(_across(y(value), "bias" if name == "bias" else "limit"))
        ends = [signed(end) for end in lines[name][1]]
        drawn += [
            tag("text", f"{LINES[name]} {signed(value)}", x=RIGHT + 5, y=place - 1,
                class_="strong"),
            tag("text", f"({ends[0]} to {ends[1]})", x=RIGHT + 5, y=place + 13, class_="small"),
        ]  # fmt: skip
    return drawn


def _slope(rows, x, y, *, first, last, tall):
    """The line of a bias that goes with the abscissa, within the plot."""
    slope, start = (float(rows[f"proportional_{n}"]["estimate"]) for n in ("slope", "intercept"))
    ends = [first, last]
    if slope:
        edges = sorted((end - start) / slope for end in (-tall, tall))
        ends = [max(first, edges[0]), min(last, edges[1])]
    (x1, y1), (x2, y2) = ((x(end), y(start + slope * end)) for end in ends)
    return [tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_="slope")]


def _across(height, kind):
    return tag("line", x1=LEFT, x2=RIGHT, y1=height, y2=height, class_=kind)
