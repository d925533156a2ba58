"""Small made files in each format that readers/ knows, all of one known beat.

The line shortens by 18 % from frame 9 to frame 28 and is back at frame 55; the software
has its zero strain at frames 9 and 55, so strain is not zero in the first frame. The
segments shorten by other shares, whose mean is 17 and not the global 18. Every free text
of every format holds an identifier.
"""

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

NAME, ID, DATE = "NORDMANN^OLA", "11057712345", "1977-05-11"
IDENTIFIERS = (NAME, "NORDMANN", "OLA", ID, DATE)
FRAMES, ED, ES, NEXT_ED = 65, 9, 28, 55
STEP_S = 1 / 60
COLOURS = ("YELLOW", "CYAN", "GREEN", "MAGENTA", "BLUE", "RED")
NAMES = (
    "Basal Septal",
    "Mid Septal",
    "Apical Septal",
    "Apical Lateral",
    "Mid Lateral",
    "Basal Lateral",
)
SHARES = (12.0, 15.0, 24.0, 23.0, 16.0, 12.0)  # percent; their mean is 17
GLS = -18.0


def shape() -> np.ndarray:
    """(T,) 0 at end-diastole, 1 at end-systole, 0.5 in the first frame."""
    frames = np.arange(FRAMES)
    return np.interp(frames, [0, ED, ES, NEXT_ED, FRAMES - 1], [0.5, 0, 1, 0, 0.4])


def uniform_times() -> np.ndarray:
    return np.arange(FRAMES) * STEP_S


def echopac_times() -> np.ndarray:
    """The first step is longer than the others."""
    return np.r_[0, 0.037 + np.arange(FRAMES - 1) * STEP_S].round(3)


def strain_table(sign=-1.0, unit=1.0) -> np.ndarray:
    """(T, 7): six segments and GLOBAL, signed percent."""
    return sign * unit * shape()[:, None] * np.array([*SHARES, -GLS])


def echopac_text(
    *,
    title="Local Traces SL in %",
    frames=FRAMES,
    gap=" ",
    marks=(0.145, 0.896, 0.487),
    names=(*COLOURS, "GLOBAL"),
    table=None,
    times=None,
    separator="\t",
    empty_column=False,
    ecg=True,
    comma=False,
) -> str:
    """A text of strain curves; the markers lie between frames, as in real files."""
    table = strain_table() if table is None else table
    times = echopac_times() if times is None else times
    left, right, es = marks
    header = [*names, *(["ECG : "] if ecg else [])]
    lines = [
        title,
        f"Number of Frames {frames}",
        f"FR={gap}63 Left Marker Time={left:.6f} Right Marker Time={right:.6f} ES Time={es:.6f}",
    ]
    blank = [""] if empty_column else []
    columns = separator.join([*blank, *header])
    lines.append(f"Time (s) {separator}{columns}")
    for time, row in zip(times, table, strict=True):
        cells = [f"{time:.3f}", *blank, *(f"{value:.6f}" for value in row), *(["84"] * ecg)]
        lines.append(separator.join(cells))
    text = "\n".join(lines) + "\n"
    return text.replace(".", ",") if comma else text


def wall(points=49) -> np.ndarray:
    """(T, points, 2) mm: an open line scaled by the stretch of the beat."""
    angle = np.linspace(np.pi, 0, points)
    line = np.stack([25 * np.cos(angle), 80 * np.sin(angle)], axis=1)
    return 40 + line * (1 + GLS / 100 * shape())[:, None, None]


def wall_length(points=49) -> float:
    """Length at end-diastole, mm, by a sum that is not the library's."""
    steps = np.diff(wall(points)[ED], axis=0)
    return float(sum((dx**2 + dy**2) ** 0.5 for dx, dy in steps))


def echopac_trace(points=None, *, knots=49, frames=FRAMES, marks=(9, 55, 28), rate=60) -> str:
    """A full trace; markers are given in frames."""
    points = wall(knots) if points is None else points
    left, right, es = (mark / rate for mark in marks)
    lines = [
        f"FName: {NAME.partition('^')[2]}",
        f"LName: {NAME.partition('^')[0]}",
        f"ID: {ID}",
        f"Exam.Date: {DATE}",
        "View: 4CH",
        "2DS Date: 2019-01-02",
        f"Knots of {NAME} in mm",
        f"FR= {rate} Left Marker Time={left:.6f} Right Marker Time={right:.6f} ES Time={es:.6f}",
        "Num Frames:  Knots:,",
        f"{frames} {knots},",
    ]
    lines += [",".join(f"{v:.6f}" for v in frame.ravel()) + "," for frame in points]
    return "\r\n".join(lines) + "\r\n"


def spreadsheet(sheets: dict[str, list[list]], prolog="") -> str:
    """An Excel 2003 workbook; None leaves a cell out and gives the next its index."""
    parts = ['<?xml version="1.0"?>', prolog]
    parts.append(
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
    )
    for name, rows in sheets.items():
        parts.append(f'<ss:Worksheet ss:Name="{name}"><Table>')
        for row in rows:
            parts.append("<Row>")
            for index, cell in enumerate(row, start=1):
                if cell is not None:
                    kind = "String" if isinstance(cell, str) else "Number"
                    text = escape(str(cell))
                    parts.append(
                        f'<Cell ss:Index="{index}"><Data ss:Type="{kind}">{text}</Data></Cell>'
                    )
            parts.append("</Row>")
        parts.append("</Table></ss:Worksheet>")
    return "".join(parts) + "</Workbook>"


def echopac_workbook(*, views=("4CH",), table=None, closure=None, names=NAMES) -> str:
    """A workbook with time from end-diastole; 2CH and APLAX shorten half as much."""
    table = strain_table()[:, :6] if table is None else table
    times = uniform_times()[: FRAMES - ED]
    closure = 1000 * (ES - ED) * STEP_S if closure is None else closure
    general = [["ID", ID], ["Name", NAME], ["HR", 78], ["BP", 113, 69], ["AVC", closure, "ms"]]
    sheets: dict = {"General": general}
    for view in views:
        scaled = table[ED:] * (1 if view == "4CH" else 0.5)
        rows = [[t, *map(float, row)] for t, row in zip(times, scaled, strict=True)]
        sheets[f"Strain Traces - {view}"] = [["Time", *names], *rows]
    return spreadsheet(sheets)


def vvi_text(block="mm", *, separator="\t") -> str:
    """TomTec / VVI text, starting at end-diastole, with the line in mm, in pixels or strain."""
    points = wall()[ED:NEXT_ED].transpose(1, 0, 2)  # (points, T, 2)

    def rows(values, label="Point"):
        return [
            separator.join([f"{label} {i}", *(f"{v:.6f}" for v in row)])
            for i, row in enumerate(values)
        ]

    times = separator.join(f"{1000 * STEP_S * i:.4f}" for i in range(points.shape[1]))
    lines = [f"PatientName={NAME}", f"PatientID={ID}", f"Date={DATE}", "Bpm=78", ""]
    lines += [f"TimeProgr.{separator}{times}", "PixelDimension=0.25", ""]
    if block == "mm":
        flat = points.reshape(len(points), -1)
        lines += ["[TracePointsEndoXYmm]", *rows(flat), ""]
    if block == "pixel":
        counts = separator.join(["", *(str(i) for i in range(points.shape[1]))])
        lines += ["tX (pixel coord)", counts, *rows(4 * points[..., 0]), ""]
        lines += ["tY (pixel coord)", counts, *rows(4 * points[..., 1]), ""]
    if block in ("strain", "segments"):
        values = strain_table()[ED:NEXT_ED].T
        values = values if block == "segments" else np.repeat(values[6:], 48, axis=0)
        labels = [*NAMES, "Global"] if block == "segments" else [f"P{i}" for i in range(48)]
        lines += ["Strain (%)"]
        lines += [
            separator.join([label, *(f"{v:.6f}" for v in row)])
            for label, row in zip(labels, values, strict=True)
        ]
        # Nothing but the next name ends the block.
        lines += ["StrainRate (1/s)", *rows(values * 3), ""]
    lines += ["EcgPoints", separator.join(["1", "2", "3"]), f"Operator={NAME}"]
    return "\n".join(lines) + "\n"


def vvi_workbook(*, pixel_mm=0.25) -> str:
    """VVI XML with the endocardial line in pixels, and an epicardial one that shortens less."""
    points = wall()[ED:NEXT_ED].transpose(1, 0, 2) / 0.25
    intervals = [1000 * STEP_S] * points.shape[1]
    rows: list[list] = [["Name", NAME], ["ID", ID], ["frametime", *intervals]]
    rows += [["pixelsize", *([pixel_mm] if pixel_mm else [])]]
    for word, values in (("EndoX", points[..., 0]), ("EndoY", points[..., 1])):
        rows += [[word, *range(points.shape[1])], *([None, *map(float, row)] for row in values)]
    rows += [
        ["EpiX", *range(points.shape[1])],
        *([None, *map(float, row)] for row in points[..., 0] * 0 + 1),
    ]
    return spreadsheet({"Contours": rows})


# Shares of the eighteen segments as AutoStrain numbers them: the four-chamber view has ours.
WALLS = ("ant", "ant/sept", "inf/sept", "inf", "inf/lat", "ant/lat")


def autostrain_text(*, mid=0.9, views=("A4C",), curves=True, average=-17.96, gls=GLS) -> str:
    """AutoStrain with one or more views alike; the layer Mid shortens by a share of Endo."""
    shape_ = shape()[ED:NEXT_ED]
    times = 1000 * STEP_S * np.arange(len(shape_))
    septal, lateral = SHARES[:3], SHARES[:2:-1]
    share = {3: septal[0], 9: septal[1], 15: septal[2], 6: lateral[0], 12: lateral[1],
             18: lateral[2]}  # fmt: skip
    segments = {k: f"Segment {k} [{WALLS[(k - 1) % 6]}]" for k in range(1, 19)}
    rule = "-" * 40
    lines = [
        "Export Date,2026-03-17,13:09:38",
        "Program,TTA2,2.2",
        f'Patient Name,"{NAME.replace("^", ", ")}"',
        f"Patient ID,{ID}",
        f"Patient Date of Birth,{DATE}",
        "Patient Sex,female",
        f"Study ID,{ID}",
        "Study UID,1.2.3.4.5",
        f"Study Date and Time,{DATE},13:09:38",
        "",
        "Results LvApical",
        "=" * 40,
        "Global",
    ]
    for layer, factor in (("Endo", 1.0), ("Mid", mid)):
        lines.append(f"GLS {layer} Peak Avg,{average * factor:.2f},%")
        for view in ("A4C", "A2C", "A3C"):
            value = f"{gls * factor:.2f}" if view in views else "--.--"
            lines.append(f"GLS {layer} Peak {view},{value},%")
    lines += ["Diastolic Major Axis A4C,91.11,mm", "ED,0.00,ms"]
    lines += [f"ES,{1000 * STEP_S * (ES - ED):.2f},ms", rule]
    for layer, factor in (("Endo", 1.0), ("Mid", mid)):
        for number, title in enumerate(("T2P", "Minimum", "Peak-systolic")):
            lines += [*([f"Longitudinal Strain {layer}"] if number == 0 else []), title]
            lines.append("Segment 0 [mean],-17.00,%")
            unit = "ms" if title == "T2P" else "%"
            value = 317.0 if title == "T2P" else None
            lines += [
                f"{name},{(value or -factor * share.get(k, 0.0)):.2f},{unit}"
                for k, name in segments.items()
            ]
            lines.append(rule)
    if not curves:
        return "\n".join(lines) + "\n"
    stamp = "Time [ms]," + ",".join(f"{time:.2f}" for time in times) + ","

    def row(label, peak):
        return f"{label}," + ",".join(f"{-peak * s:.4f}" for s in shape_) + ","

    lines += ["Curves LvApical", "=" * 40]
    for layer, factor in (("Endo", 1.0), ("Mid", mid)):
        lines += [f"Longitudinal Strain {layer}", "Unit [%]", stamp]
        lines += [row(name, factor * share.get(k, 0.0)) for k, name in segments.items()]
        lines += [row("Total", -factor * gls), rule]
        lines += [f"Longitudinal Strain Rate {layer}", "Unit [1/s]", stamp, row("Total", 1.0), rule]
        for view in ("A4C", "A2C", "A3C"):
            peak = -factor * gls if view in views else 0.0
            lines += [f"Global Strain {view} {layer}", "Unit [%]", stamp]
            lines += [row("inf/sept", peak), row("Total", peak), rule]
    return "\n".join(lines) + "\n"


CPA_NAMES = (
    "03-Basal inferoseptal",
    "09-Mid inferoseptal",
    "14-Apical septal",
    "16-Apical lateral",
    "12-Mid anterolateral",
    "06-Basal anterolateral",
)


def cpa_workbook(*, names=CPA_NAMES, factors=(1.0, 0.9, 0.8), unit=1.0, beats=2) -> str:
    """2D-CPA with the time in s times `unit`, two beats in each row."""
    beat = shape()[ED:NEXT_ED]
    wave = np.concatenate([beat] * beats + [beat[:1]])
    times = [unit * STEP_S * k for k in range(len(wave))]
    sheets = {"Study": [["Patient", NAME], ["ID", ID]]}
    for name, factor in zip(("Endo", "Myo", "Epi"), factors, strict=True):
        head: list[list] = [["Patient name", NAME], ["Patient ID", ID], ["Study date", DATE], []]
        blocks: list[list] = []
        for kind, sign in (("Transverse", 1.0), ("Longitudinal", -1.0)):
            blocks += [[f"{kind} Strain (%)"]]
            blocks += [
                [label, *(float(sign * factor * share * s) for s in wave)]
                for label, share in zip(names, SHARES, strict=True)
            ]
            blocks += [[]]
        sheets[f" Strain-{name}"] = [*head, *blocks, ["Time", *times]]
    return spreadsheet(sheets)


def xlsx(sheets: dict[str, list[list]]) -> bytes:
    """An Excel workbook with shared and inline strings."""
    strings: list[str] = []
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        names, relations = "", ""
        for number, (name, rows) in enumerate(sheets.items(), start=1):
            names += f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
            relations += f'<Relationship Id="rId{number}" Target="worksheets/sheet{number}.xml"/>'
            body = "".join(_xlsx_row(i, row, strings) for i, row in enumerate(rows, start=1))
            archive.writestr(
                f"xl/worksheets/sheet{number}.xml",
                f'<worksheet xmlns="urn:m"><sheetData>{body}</sheetData></worksheet>',
            )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="urn:m" xmlns:r="urn:r"><sheets>{names}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="urn:p">{relations}</Relationships>',
        )
        items = "".join(f"<si><r><t>{escape(text)}</t></r></si>" for text in strings)
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="urn:m">{items}</sst>')
    return stream.getvalue()


def _xlsx_row(number: int, row: list, strings: list[str]) -> str:
    cells = ""
    for column, value in enumerate(row):
        place = f'r="{chr(ord("A") + column)}{number}"'
        if value is None:
            continue
        if not isinstance(value, str):
            cells += f"<c {place}><v>{value!r}</v></c>"
        elif column % 2:
            cells += f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        else:
            strings.append(value)
            cells += f'<c {place} t="s"><v>{len(strings) - 1}</v></c>'
    return f'<row r="{number}">{cells}</row>'


def write(path: Path, content: str | bytes, encoding="utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


EXPORTS = {
    "autostrain_text": autostrain_text,
    "cpa_workbook": cpa_workbook,
    "echopac_text": echopac_text,
    "echopac_trace": echopac_trace,
    "echopac_workbook": echopac_workbook,
    "vvi_text": vvi_text,
    "vvi_workbook": vvi_workbook,
}
