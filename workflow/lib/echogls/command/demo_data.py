"""`echogls demo-data`: a small folder in each source format and of readers' exports, all
simulated."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

from echogls import cohorts
from echogls.study import StudyError
from echogls.tables import write_table

SEED = 2018  # any; the year of the paper
READINGS = ("reader", "measure", "value", "file", "es_time")
UNMARKED = ("vvi_text", "vvi_workbook", "cpa_workbook")  # exports without end-systole
NOTE = """\
Simulated recordings made by `echogls demo-data`, one small folder a source format.
No patient was examined.
Look at one:  echogls inspect dicom
Set one up:   echogls init demo --data dicom
readers.tsv holds two readers of patient demo01 (dicom, video, echonet) and names the exports in
exports/, one in each format that is read, each as a reader of its own.
"""


def demo_formats() -> list[str]:
    """The source formats that write a demo."""
    return [
        name for name in cohorts.source_formats() if hasattr(cohorts.source(name), "write_demo")
    ]


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="where to write; new or empty")


def run(arguments: Namespace) -> int:
    """Write a folder a format, and a table of readings."""
    write_demo(arguments.folder)
    print(
        f"wrote {arguments.folder}: {', '.join(demo_formats())}, readers.tsv, exports (simulated)"
    )
    return 0


def write_demo(folder: Path) -> None:
    """Fill a folder, the same bytes each time but for what a writer stamps.

    Raises StudyError if the folder holds something.
    """
    from echogls.command._demo_exports import write_exports
    from echogls.simulation.anatomy import draw_heart, other_plane
    from echogls.simulation.clip import simulate_clip
    from echogls.simulation.truth import strain_curve, true_measures

    if folder.exists() and any(folder.iterdir()):
        raise StudyError(f"'{folder}' is not empty; name a new folder")
    rng = np.random.default_rng(SEED)
    heart = draw_heart(rng, gls_mean=-18.0, gls_sd=1.0)
    clip = simulate_clip(rng, heart, view="a4c", fps=45.0, beats=1.3)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.txt").write_text(NOTE, encoding="utf-8")

    systole = clip.rhythm.r_waves_s[1], clip.rhythm.es_s[1]
    other = other_plane(np.random.default_rng(SEED), heart, "a2c")
    pair = simulate_clip(rng, other, view="a2c", first_r_s=systole[0], times_s=np.array(systole))
    demo = cohorts.Demo(_demo_clip(clip, systole), _demo_clip(pair, systole))
    for name in demo_formats():
        cohorts.source(name).write_demo(folder / name, demo)
    ed = int(np.abs(clip.times_s - systole[0]).argmin())
    whole, parts = strain_curve(clip, clip.times_s, clip.times_s[ed])
    beat = (clip.times_s[ed], systole[1], clip.rhythm.r_waves_s[2])
    exports = write_exports(
        folder / "exports",
        clip.times_s,
        clip.wall.middle_mm - clip.raster.origin_mm,
        np.column_stack([parts, whole]),
        beat,
    )
    gls = true_measures(clip).get(("global", "gls"), -18.0)
    rows = [(reader, "gls", f"{gls + rng.normal(0, 1):.1f}") for reader in ("reader_1", "reader_2")]
    for reader, file in exports.items():
        es_time = f"{beat[1] - beat[0]:.4f}" if reader in UNMARKED else ""
        rows.append((reader, "", "", file.relative_to(folder).as_posix(), es_time))
    readings = [dict(zip(READINGS, row, strict=False)) for row in rows]
    shared = {"patient": "demo01", "repeat": 1, "view": "a4c"}
    columns = ("patient", "reader", "repeat", "view", *READINGS[1:])
    write_table(folder / "readers.tsv", [shared | row for row in readings], columns)


def _demo_clip(clip, systole: tuple[float, float]) -> cohorts.DemoClip:
    from echogls.simulation.dicom import write_dicom
    from echogls.simulation.streams import wall_labels

    def save(path: Path, patient: str) -> None:
        write_dicom(path, clip.frames, clip, patient=patient, syntax="jpeg", number=1)

    return cohorts.DemoClip(
        frames=clip.frames,
        labels=np.stack([wall_labels(clip, k) for k in range(len(clip.frames))]),
        times_s=clip.times_s,
        spacing_mm=clip.raster.spacing_mm,
        endocardium_mm=clip.wall.layer(-0.5) - clip.raster.origin_mm,
        systole_s=systole,
        write_dicom=save,
    )
