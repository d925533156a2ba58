"""A reader's exports of the simulated clip, one in each format that readers/ knows."""

from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from echogls.study import VIEW_SEGMENTS

COLOURS = ("YELLOW", "CYAN", "GREEN", "MAGENTA", "BLUE", "RED", "GLOBAL")
KNOTS = 49  # points of the line in the trace


def write_exports(
    folder: Path,
    times_s: np.ndarray,
    lines_mm: np.ndarray,
    strain: np.ndarray,
    systole: tuple[float, float, float],
) -> dict[str, Path]:
    """Write them and say which reader's each is: name of the format -> file.

    Parameters
    ----------
    times_s : (T,) s.
    lines_mm : (T, M, 2) the tracked line, from the septal annulus.
    strain : (T, 7) of the six segments of the four-chamber view and the whole wall, percent.
    systole : s of end-diastole, end-systole and the beat's end.
    """
    folder.mkdir(parents=True)
    ed, es, end = systole
    lines_mm = lines_mm[:, np.linspace(0, lines_mm.shape[1] - 1, KNOTS).round().astype(int)]
    rate = 1 / float(np.diff(times_s).mean())
    marks = f"Left Marker Time={ed:.6f} Right Marker Time={end:.6f} ES Time={es:.6f}"
    marks = f"FR= {rate:.3f} {marks}"
    text = ["Local Traces SL in %", f"Number of Frames {len(times_s)}", marks]
    text += ["Time (s)\t" + "\t".join(COLOURS)]
    text += [
        "\t".join([f"{time:.3f}", *(f"{value:.4f}" for value in row)])
        for time, row in zip(times_s, strain, strict=True)
    ]
    trace = ["(simulated)"] * 7 + [marks, "Num Frames:  Knots:,", f"{len(times_s)} {KNOTS},"]
    trace += [",".join(f"{place:.3f}" for place in line.ravel()) for line in lines_mm]
    # The other vendor's begin at end-diastole and mark nothing.
    beat = times_s >= ed - 1e-9
    points = lines_mm[beat]
    milliseconds = 1000 * (times_s[beat] - ed)
    tomtec = ["TimeProgr.\t" + "\t".join(f"{time:.2f}" for time in milliseconds), ""]
    tomtec += ["[TracePointsEndoXYmm]"]
    tomtec += ["\t".join(f"{v:.3f}" for v in point.ravel()) for point in points.swapaxes(0, 1)]
    names = [name.replace("_", " ") for name in VIEW_SEGMENTS["a4c"]]
    curves = [[float(t - ed), *map(float, row)] for t, row in
              zip(times_s[beat], strain[beat, :6], strict=True)]  # fmt: skip
    workbook = {
        "General": [["HR", 60 / (end - ed)], ["AVC", 1000 * (es - ed), "ms"]],
        "Strain Traces - 4CH": [["Time", *names], *curves],
    }
    rows = [["frametime", *np.diff(milliseconds, append=2 * milliseconds[-1] - milliseconds[-2])]]
    rows += [["pixelsize", 0.25]]
    for axis, word in enumerate(("EndoX", "EndoY")):
        block = 4 * points[..., axis].T
        rows += [[word], *([f"Point {k}", *row] for k, row in enumerate(block, start=1))]
    layer = {"Endo": 1.0, "Mid": 0.9}
    cells = [*strain[beat].T]
    files = {
        "autostrain_text": ("autostrain.txt", _autostrain(milliseconds, cells, layer, es - ed)),
        "cpa_workbook": ("cpa.xml", _spreadsheet(_cpa(milliseconds / 1000, cells))),
        "echopac_text": ("echopac.txt", "\n".join(text)),
        "echopac_trace": ("echopac_trace.csv", "\n".join(trace)),
        "echopac_workbook": ("echopac.xml", _spreadsheet(workbook)),
        "vvi_text": ("tomtec.txt", "\n".join(tomtec)),
        "vvi_workbook": ("vvi.xml", _spreadsheet({"Contours": rows})),
    }
    for name, content in files.values():
        (folder / name).write_text(content, encoding="utf-8")
    return {kind: folder / name for kind, (name, _) in files.items()}


AUTOSTRAIN_WALLS = ("ant", "ant/sept", "inf/sept", "inf", "inf/lat", "ant/lat")
# Of a4c, in study.VIEW_SEGMENTS' order: AutoStrain's number, 2D-CPA's name.
TOMTEC_SEGMENTS = (
    (3, "03-Basal inferoseptal"),
    (9, "09-Mid inferoseptal"),
    (15, "14-Apical septal"),
    (18, "16-Apical lateral"),
    (12, "12-Mid anterolateral"),
    (6, "06-Basal anterolateral"),
)


def _autostrain(times_ms, curves, layers, systole_s):
    """AutoStrain of the four-chamber view; `layers` -> share of the wall's strain.

    curves : seven, (T,) percent, of the six segments and the whole wall.
    """
    rule, double = "-" * 40, "=" * 40
    lines = [f"{key},(simulated)" for key in ("Export Date", "Program", "Patient Name",
             "Patient ID", "Patient Date of Birth", "Patient Sex", "Study ID", "Study UID",
             "Study Date and Time")]  # fmt: skip
    lines += ["", "Results LvApical", double, "Global"]
    numbers = {number: curve for (number, _), curve in zip(TOMTEC_SEGMENTS, curves, strict=False)}
    systole = times_ms <= 1000 * systole_s
    for layer, share in layers.items():
        peak = share * curves[-1].min()
        views = (("Avg", f"{peak:.2f}"), ("A4C", f"{peak:.2f}"), ("A2C", "--.--"), ("A3C", "--.--"))
        lines += [f"GLS {layer} Peak {view},{value},%" for view, value in views]
    lines += ["ED,0.00,ms", f"ES,{1000 * systole_s:.2f},ms", rule]
    names = {k: f"Segment {k} [{AUTOSTRAIN_WALLS[(k - 1) % 6]}]" for k in range(1, 19)}
    still = np.zeros(len(times_ms))
    for layer, share in layers.items():
        lines += [f"Longitudinal Strain {layer}", "Peak-systolic"]
        lines += [
            f"{name},{share * numbers.get(k, still)[systole].min():.2f},%"
            for k, name in names.items()
        ]
        lines.append(rule)
    lines += ["Curves LvApical", double]
    stamp = ["Unit [%]", _row("Time [ms]", times_ms)]
    for layer, share in layers.items():
        whole = _row("Total", share * curves[-1])
        segments = [_row(name, share * numbers.get(k, still)) for k, name in names.items()]
        lines += [f"Longitudinal Strain {layer}", *stamp, *segments, whole, rule]
        lines += [f"Global Strain A4C {layer}", *stamp, whole, rule]
    return "\n".join(lines)


def _row(label, values):
    return ",".join([label, *(f"{value:.4f}" for value in values), ""])


def _cpa(times_s, curves):
    """Sheets of 2D-CPA, the three layers alike."""
    block = [[name, *map(float, curve)] for (_, name), curve in
             zip(TOMTEC_SEGMENTS, curves, strict=False)]  # fmt: skip
    rows = [
        ["(simulated)"],
        [],
        ["Longitudinal Strain (%)"],
        *block,
        [],
        ["Time", *map(float, times_s)],
    ]
    return {f" Strain-{layer}": rows for layer in ("Endo", "Myo", "Epi")}


def _spreadsheet(sheets):
    """An Excel 2003 workbook (SpreadsheetML)."""
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    parts = [f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}">']
    for name, rows in sheets.items():
        parts.append(f'<Worksheet ss:Name="{name}"><Table>')
        for row in rows:
            kinds = ["String" if isinstance(cell, str) else "Number" for cell in row]
            texts = [cell if isinstance(cell, str) else f"{cell:.5f}" for cell in row]
            parts.append("<Row>")
            parts += [
                f'<Cell><Data ss:Type="{kind}">{escape(cell)}</Data></Cell>'
                for kind, cell in zip(kinds, texts, strict=True)
            ]
            parts.append("</Row>")
        parts.append("</Table></Worksheet>")
    return "".join([*parts, "</Workbook>"])
