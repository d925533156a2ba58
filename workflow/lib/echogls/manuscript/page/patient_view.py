"""One patient within the page: the wall on its image, and the strain curve, as SVG.

The page's script plays them: it moves the sheet of images, draws the lines of each image and
the cursor of the curve. Without it, and on paper, they stand at ED and ES.
"""

from collections.abc import Mapping, Sequence

from echogls.manuscript.page import STEPS
from echogls.manuscript.page.svg import group, tag, ticks
from echogls.manuscript.palette import SEGMENT_COLOURS, web_colour
from echogls.manuscript.rounding import number
from echogls.manuscript.wording import plain

WIDTH, HEIGHT = 480, 372
LEFT, RIGHT, TOP, BOTTOM = 52, 470, 24, 286
COLOURS = tuple(map(web_colour, SEGMENT_COLOURS))
# Beside the images, what a script needs to draw each of them.
PLAYED = ("columns", "width", "height", "times", "frames", "line", "outside", "inner", "outer")
PLAYED += ("true_line", "ed", "es", "kind")


def picture(view: Mapping, image: int, sheet_id: str, label: str = "") -> str:
    """The wall on one of the view's images, which is cut out of the sheet."""
    row, column = divmod(image, view["columns"])
    wide, high = view["width"], view["height"]
    drawn = [
        tag("use", href=f"#{sheet_id}", x=-column * wide, y=-row * high, class_="sheet"),
        *(
            tag("path", d=_path(_points(view[name], image)), class_=name)
            for name in ("outer", "inner")
        ),
    ]
    line = _points(view["line"], image)
    outside = view["outside"][image] if view["outside"] else ""
    for k, colour in enumerate(COLOURS):
        solid, dashed = ([], []) if not line else split(line, outside, k)
        drawn.append(tag("path", d="".join(map(_path, solid)), class_="wall", stroke=colour))
        drawn.append(tag("path", d="".join(map(_path, dashed)), class_="wall away", stroke=colour))
    drawn.append(tag("path", d=_path(_points(view["true_line"], image)), class_="true"))
    if label:
        drawn.append(tag("text", label, x=8, y=20))
    return group(
        "svg", *drawn, viewBox=f"0 0 {wide} {high}", class_="picture", role="img",
        aria_label=spoken_picture(view, image, label),
    )  # fmt: skip


def sheet(view: Mapping, sheet_id: str) -> str:
    """The images, once in the page."""
    rows = -(-len(view["times"]) // view["columns"])
    image = tag(
        "image", id=sheet_id, href=f"data:image/webp;base64,{view['sheet']}",
        width=view["columns"] * view["width"], height=rows * view["height"],
        preserveAspectRatio="none",
    )  # fmt: skip
    return group("svg", group("defs", image), class_="sheets", aria_hidden="true")


def spoken_picture(view: Mapping, image: int, label: str) -> str:
    """What is seen on one image."""
    when = f" at {label}" if label else ""
    parts = [f"Ultrasound image, {view['name']}{when}"]
    if view["line"] and view["line"][image]:
        away = view["outside"][image].count("1") / len(view["outside"][image])
        parts.append("the tracked wall in six colours, one a segment")
        if away:
            parts.append(f"{number(100 * away, 0)} % of it outside the sector, dashed")
    if view["true_line"]:
        parts.append("the true wall dashed in white")
    return ", ".join(parts)


def split(line: Sequence[tuple], outside: str, segment: int) -> tuple[list, list]:
    """Runs of points of one segment inside the sector, and those outside.

    Example
    -------
    >>> split([(k, 0) for k in range(37)], "0" * 5 + "1" * 32, 0)[1]
    [[(4, 0), (5, 0), (6, 0)]]
    """
    runs: tuple[list, list] = ([], [])
    before = None
    for k in range(segment * STEPS, (segment + 1) * STEPS):
        away = outside[k + 1] == "1" or outside[k] == "1"
        if away == before:
            runs[away][-1].append(line[k + 1])
        else:
            runs[away].append([line[k], line[k + 1]])
        before = away
    return runs


def image_at(view: Mapping, time: float | None) -> int | None:
    """Number of the image nearest to a time; None without one."""
    if time is None:
        return None
    return min(range(len(view["times"])), key=lambda k: abs(view["times"][k] - time))


def strain_plot(view: Mapping) -> str:
    """Strain over time: global, six segments, the truth dashed; ED, ES and R waves named."""
    curve, still = view["curve"], view["kind"] != "sequence"
    times = view["times"]
    values = [v for one in (curve["global"], *curve["segments"]) for v in one if v is not None]
    values += [v for _, v in view["true_curve"]]
    low = min([*values, -1.0]) * 1.05
    high = max([*values, 1.0]) * 1.05
    start, end = times[0], max(times[-1], times[0] + 1e-3)

    def x(time: float) -> float:
        return LEFT + (time - start) / (end - start) * (RIGHT - LEFT)

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (BOTTOM - TOP)

    drawn = []
    for value in ticks(low, high, 6):
        drawn.append(tag("line", x1=LEFT, x2=RIGHT, y1=y(value), y2=y(value),
                         class_="zero" if value == 0 else "grid"))  # fmt: skip
        drawn.append(tag("text", number(value, 0), x=LEFT - 6, y=y(value) + 4, text_anchor="end"))
    for time in [] if still else ticks(start, end, 6):
        drawn.append(tag("text", number(time), x=x(time), y=BOTTOM + 17, text_anchor="middle"))
    for time in view["r_waves"]:
        # beside the line, which ED's may go on; of a wave at the very end on its left
        left = x(time) > RIGHT - 14
        drawn.append(tag("text", "R", x=x(time) + (-4 if left else 4), y=BOTTOM - 4,
                         text_anchor="end" if left else "start", class_="small"))  # fmt: skip
        drawn.append(tag("line", x1=x(time), x2=x(time), y1=BOTTOM - 1, y2=BOTTOM + 5,
                         class_="event"))  # fmt: skip
    events = {"ED": view["ed"], "ES": view["es"]}
    if still:
        events = dict(zip(events, times, strict=False))
    for name, time in events.items():
        if time is not None:
            drawn.append(tag("line", x1=x(time), x2=x(time), y1=TOP, y2=BOTTOM, class_="event"))
            drawn.append(tag("text", name, x=x(time), y=TOP - 7, text_anchor="middle",
                             class_="strong"))  # fmt: skip
    for beat in dict.fromkeys(curve["beat"]):
        frames = [k for k, b in enumerate(curve["beat"]) if b == beat]
        for values_of, colour in zip(curve["segments"], COLOURS, strict=False):
            drawn.append(_line(frames, curve["time"], values_of, x, y, stroke=colour))
        drawn.append(_line(frames, curve["time"], curve["global"], x, y, class_="global"))
    if view["true_curve"]:
        d = _path([(x(t), y(v)) for t, v in view["true_curve"]])
        drawn.append(tag("path", d=d, class_="true"))
    drawn.append(tag("line", x1=x(start), x2=x(start), y1=TOP, y2=BOTTOM, class_="cursor"))
    words = "ED and ES, two stills" if still else "time (s)"
    drawn += [
        tag("text", words, x=RIGHT, y=BOTTOM + 34, text_anchor="end"),
        tag("text", "longitudinal strain (%)", text_anchor="middle",
            transform=f"translate(12 {(TOP + BOTTOM) / 2:.0f}) rotate(-90)"),
        *_legend(view),
    ]  # fmt: skip
    return group(
        "svg", *drawn, viewBox=f"0 0 {WIDTH} {HEIGHT}", class_="plot strain", role="img",
        aria_label=spoken_curve(view), data_left=LEFT, data_right=RIGHT, data_width=WIDTH,
        data_start=f"{start:.4f}", data_end=f"{end:.4f}",
    )  # fmt: skip


def spoken_curve(view: Mapping) -> str:
    """What the curve shows, in words."""
    strains = [v for v in view["curve"]["global"] if v is not None]
    if not strains:
        return f"No strain curve, {view['name']}."
    parts = [
        f"Longitudinal strain over time, {view['name']}: global down to {number(min(strains))} %"
    ]
    lows = [
        (min(v for v in values if v is not None), name)
        for name, values in zip(view["segments"], view["curve"]["segments"], strict=True)
        if any(v is not None for v in values)
    ]
    if lows:
        least, most = max(lows), min(lows)
        parts.append(f"weakest segment {plain(least[1])} ({number(least[0])} %)")
        parts.append(f"strongest {plain(most[1])} ({number(most[0])} %)")
    if view["true_curve"]:
        low = number(min(v for _, v in view["true_curve"]))
        parts.append(f"the truth down to {low} %")
    return ", ".join(parts) + "."


def _legend(view):
    """Three columns of names below the plot."""
    entries = [("global", "global", None)]
    if view["true_curve"]:
        entries.append(("truth", "true", None))
    entries += [
        (plain(name), None, colour) for name, colour in zip(view["segments"], COLOURS, strict=False)
    ]
    drawn = []
    for k, (words, kind, colour) in enumerate(entries):
        left, top = 6 + 160 * (k % 3), BOTTOM + 52 + 15 * (k // 3)
        drawn.append(tag("line", x1=left, x2=left + 18, y1=top - 4, y2=top - 4, stroke_width=3,
                         class_=kind or "key", stroke=colour))  # fmt: skip
        drawn.append(tag("text", words, x=left + 23, y=top, class_="small"))
    return drawn


def _line(frames, times, values, x, y, **style):
    points = [(x(times[k]), y(values[k])) for k in frames if values[k] is not None]
    style = {"class_": "segment"} | style
    return tag("path", d=_path(points), **style)


def _points(lines, image):
    flat = lines[image] if lines else None
    return [] if not flat else [(a / 10, b / 10) for a, b in zip(flat[::2], flat[1::2])]  # noqa: B905


def _path(points):
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in points) if points else ""
