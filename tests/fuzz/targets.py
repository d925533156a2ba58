"""What is fuzzed beside recordings: tables, workbooks, exports and configs.

TARGETS: name -> how its files are made, and what reads one. Reading ends in a result whose rows
have a status, or in a StudyError that names the file; all else raises.
"""

import contextlib
import csv
import io
import sys
from collections.abc import Callable
from pathlib import Path

import damage
import yaml
from hypothesis import strategies as st

from echogls import cohorts, configuration, project, readers, sheets
from echogls.command import main
from echogls.study import ID_PATTERN, MEASUREMENT_COLUMNS, REASONS, StudyError
from echogls.tables import as_text
from echogls.xlsx_writer import xlsx

sys.path.insert(0, str(Path(__file__).parents[1] / "readers"))
from export_files import EXPORTS

PATIENTS = ("p01", "p02", "p03")
SHEET = [
    ["patient", "path", "view", "fps", "spacing_mm", "sex", "age"],
    ["p01", "one", "a4c", "50", "0.3", "f", "61"],
    ["p02", "two", "A4C", "60,5", "unknown", "m", "58"],
    ["Øst 03", "", "", "", "", "", "70"],
]
CLIPS = [
    ["patient", "clip", "view", "chosen", "ed_frame", "es_frame", "outline"],
    ["p01", "clip01", "a4c", "yes", "3", "17", ""],
    ["p02", "clip02", "", "no", "", "", "."],
]
READINGS = [
    ["patient", "reader", "repeat", "view", "segment", "measure", "value", "unit"],
    ["p01", "r1", "1", "a4c", "global", "gls", "-18.5", "%"],
    ["p02", "r1", "1", "a4c", "global", "gls", "-17,2", "%"],
    ["p01", "r2", "2", "a4c", "basal_septal", "peak_systolic_strain", "-12", ""],
]
WIDE = [
    ["Strain by two readers"],
    ["Patient ID", "Projection", "AB 1", "AB 2", "CD"],
    ["p01", "4CH", "18,5", "18,9", "17"],
    ["p02", "4CH", "16,5", "", "19"],
]
BLOCK = {
    "header": 2,
    "columns": {"patient": "Patient ID", "view": "Projection"},
    "values": {
        "AB 1": {"reader": "AB"},
        "AB 2": {"reader": "AB", "repeat": 2},
        "CD": {"reader": "CD"},
    },
    "constant": {"measure": "gls"},
    "sign": "positive",
    "decimal": "comma",
}
CONFIG = {
    "study": ["tromso"],
    "cohorts": {
        "tromso": {
            "format": "dicom",
            "data": "data",
            "patients": "sheet.tsv",
            "clips": "",
            "readers": {"file": "readings.tsv", **BLOCK},
            "views": ["a4c"],
            "subgroups": ["sex"],
        },
        "made": {"format": "simulated", "simulation": {"patients": 2, "seed": 1}},
    },
    "methods": {
        "mine": {"segmentation": "fast", "motion": "dis", "fusion": "kalman", "options": {}},
        "paper": None,
    },
    "primary": "mine",
    "ingest": {"min_frames": 12, "min_fps": 25.0},
    "track": {"options": {"dis": {"patch_px": 8}}},
    "fuse": {"options": {"kalman": {"contour_sd_mm": 0.5}}},
    "strain": {"es_rule": ["strain", "area"], "drift": "linear"},
    "agreement": {"margin": 1.5, "levels": [-18]},
}


def told(error: StudyError, file: Path) -> None:
    """An error of the project says of which file it is, and more than that."""
    assert file.name in str(error) and len(str(error)) > len(file.name) + 10, str(error)


def command(*words: str) -> None:
    """The command ends with a status, whatever it prints."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as no:
        status = main(list(words))
    assert status in (0, 1, 2)
    assert status != 2 or no.getvalue().strip()


def use_sheet(content: bytes) -> None:
    file = Path("sheet.tsv")
    file.write_bytes(content)
    try:
        rows = configuration.read_sheet(file)
    except StudyError as error:
        return told(error, file)
    assert all(ID_PATTERN.fullmatch(patient) for patient in rows)
    for row in cohorts.cohort_patients({"format": "dicom", "data": "data"}, rows).values():
        stated = {key: row[key] for key in ("view", "fps", "spacing_mm") if row.get(key)}
        found, _ = cohorts.ingest_patient("dicom", Path("nothing here"), {}, stated)
        assert found[0]["reason"] in REASONS


def use_clips(content: bytes) -> None:
    file = Path("clips.tsv")
    file.write_bytes(content)
    try:
        rows = sheets.read_clip_sheet(file)
    except StudyError as error:
        return told(error, file)
    for row in (row for mine in rows.values() for row in mine):
        for key in ("ed_frame", "es_frame"):
            assert not row[key] or int(float(row[key])) >= 0


def use_readings(content: bytes) -> None:
    """As our own table, as a wide one, and as the command proposes to read it."""
    file = Path("readings.tsv")
    file.write_bytes(content)
    for layout in (readers.Layout(), readers.layout_of({"file": file.name, **BLOCK})):
        try:
            rows, _ = readers.read_readers(
                file, cohort="c", patients=PATIENTS, views=["a4c", "a2c"], layout=layout
            )
        except StudyError as error:
            told(error, file)
        else:
            check_measurements(rows)
    command("readings", file.name)


def check_measurements(rows) -> None:
    for row in as_text(rows, MEASUREMENT_COLUMNS):
        assert row["status"] in ("ok", "excluded")
        assert row["status"] == "ok" or row["reason"] in REASONS
        assert row["status"] == "excluded" or -1e6 < float(row["value"]) < 1e6


def use_export(content: bytes) -> None:
    file = Path("export.txt")
    file.write_bytes(content)
    try:
        measures, _ = readers.read_export(file, view="a4c")
    except StudyError as error:
        assert file.name not in str(error)  # which may be a person's
    else:
        assert all(value == value for value in measures.values())
    table = [["patient", "reader", "view", "file"], ["p01", "r1", "a4c", file.name]]
    Path("readings.tsv").write_text("\n".join("\t".join(row) for row in table))
    rows, _ = readers.read_readers(
        Path("readings.tsv"), cohort="c", patients=PATIENTS, views=["a4c"]
    )
    check_measurements(rows)


def use_config(content: bytes) -> None:
    Path("data/p01").mkdir(parents=True, exist_ok=True)
    Path("sheet.tsv").write_text("patient\tsex\np01\tf\n")
    with Path("readings.tsv").open("w", newline="") as stream:
        csv.writer(stream, delimiter="\t").writerows(WIDE)
    file = Path("study.yaml")
    file.write_bytes(content)
    try:
        config = project.study_config(None, [file])
    except StudyError as error:
        assert len(str(error)) > 10
    else:
        repr(configuration.ShortlyShown(config))
        yaml.safe_dump(configuration.public_config(config))
    command("check", "--config", file.name)


def _configs() -> st.SearchStrategy[bytes]:
    made = damage.keys_of(CONFIG).map(lambda tree: yaml.safe_dump(tree, allow_unicode=True))
    written = yaml.safe_dump(CONFIG, sort_keys=False).encode()
    return st.one_of(made.map(str.encode), damage.bytes_of(written))


def _workbooks(rows: list[list[str]]) -> st.SearchStrategy[bytes]:
    of_cells = damage.rows_of(rows).map(lambda made: xlsx([row[:20] for row in made]))
    return st.one_of(of_cells, damage.zip_of(xlsx(rows)))


def _exports() -> st.SearchStrategy[bytes]:
    texts = [make() for make in EXPORTS.values()]
    lines = [[line.split("\t") for line in text.split("\n")] for text in texts if "\t" in text]
    lines += [[line.split(",") for line in text.split("\n")] for text in texts if "\t" not in text]
    return st.one_of(
        *(damage.bytes_of(text.encode()) for text in texts), *(damage.text_of(x) for x in lines)
    )


TARGETS: dict[str, tuple[st.SearchStrategy[bytes], Callable[[bytes], None]]] = {
    "sheet": (damage.text_of(SHEET), use_sheet),
    "sheet_workbook": (_workbooks(SHEET), use_sheet),
    "clips": (damage.text_of(CLIPS), use_clips),
    "readings": (st.one_of(damage.text_of(READINGS), damage.text_of(WIDE)), use_readings),
    "readings_workbook": (st.one_of(_workbooks(READINGS), _workbooks(WIDE)), use_readings),
    "export": (_exports(), use_export),
    "config": (_configs(), use_config),
}
