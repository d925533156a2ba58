"""`echogls demo-data`: a small folder in each source format and of readers' exports, all
simulated."""

import csv
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

from echogls.study import LABELS, StudyError
from echogls.tables import write_table

SEED = 2018
READINGS = ("reader", "measure", "value", "file", "es_time")
UNMARKED = ("vvi_text", "vvi_workbook", "cpa_workbook")  # exports without end-systole
FORMATS = ("dicom", "camus", "echonet", "hmcqu", "video")
NOTE = """\
Simulated recordings made by `echogls demo-data`, one small folder a source format.
No patient was examined.
Look at one:  echogls inspect dicom
Set one up:   echogls init demo --data dicom
readers.tsv holds two readers of patient demo01 (dicom, video, echonet) and names the exports in
exports/, one in each format that is read, each as a reader of its own.
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="is made; must not hold anything yet")


def run(arguments: Namespace) -> int:
    """Write a folder a format, and a table of readings."""
    write_demo(arguments.folder)
    print(f"wrote {arguments.folder}: {', '.join(FORMATS)}, readers.tsv, exports (simulated)")
    return 0


def write_demo(folder: Path) -> None:
    """Fill a folder, the same bytes each time but for what a writer stamps.

    Raises StudyError if the folder holds something.
    """
    from echogls.command._demo_exports import write_exports
    from echogls.simulation.anatomy import draw_heart, other_plane
    from echogls.simulation.clip import simulate_clip
    from echogls.simulation.dicom import write_dicom
    from echogls.simulation.streams import wall_labels
    from echogls.simulation.truth import strain_curve, true_measures

    if folder.exists() and any(folder.iterdir()):
        raise StudyError(f"'{folder}' is not empty; name a new folder")
    rng = np.random.default_rng(SEED)
    heart = draw_heart(rng, gls_mean=-18.0, gls_sd=1.0)
    clip = simulate_clip(rng, heart, view="a4c", fps=45.0, beats=1.3)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.txt").write_text(NOTE, encoding="utf-8")

    patient = folder / "dicom" / "demo01"
    patient.mkdir(parents=True)
    write_dicom(
        patient / "clip01.dcm", clip.frames, clip, patient="demo01", syntax="jpeg", number=1
    )
    systole = [clip.rhythm.r_waves_s[1], clip.rhythm.es_s[1]]
    other = other_plane(np.random.default_rng(SEED), heart, "a2c")
    pair = simulate_clip(rng, other, view="a2c", first_r_s=systole[0], times_s=np.array(systole))
    for chamber, shown in (("4CH", clip), ("2CH", pair)):
        _write_camus(folder / "camus" / "patient0001", chamber, shown, wall_labels)
    _write_echonet(folder / "echonet", clip, systole)
    _write_hmcqu(folder / "hmcqu", clip, wall_labels)
    (folder / "video").mkdir()
    _write_video(folder / "video" / "demo01.avi", clip)
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
    told = [dict(zip(READINGS, row, strict=False)) for row in rows]
    shared = {"patient": "demo01", "repeat": 1, "view": "a4c"}
    columns = ("patient", "reader", "repeat", "view", *READINGS[1:])
    write_table(folder / "readers.tsv", [shared | row for row in told], columns)


def _write_camus(folder, chamber, clip, wall_labels):
    import nibabel

    folder.mkdir(parents=True, exist_ok=True)
    spacing = clip.raster.spacing_mm
    area = [(wall_labels(clip, k) == LABELS["cavity"]).sum() for k in range(len(clip.frames))]
    for phase, k in (("ED", int(np.argmax(area))), ("ES", int(np.argmin(area)))):
        for ending, image in (("", clip.frames[k]), ("_gt", wall_labels(clip, k))):
            stored = nibabel.Nifti1Image(
                np.ascontiguousarray(image.T), np.diag([spacing] * 2 + [1, 1])
            )
            stored.header.set_zooms((spacing, spacing))
            nibabel.save(stored, folder / f"{folder.name}_{chamber}_{phase}{ending}.nii.gz")


def _write_echonet(folder, clip, systole):
    import cv2

    (folder / "Videos").mkdir(parents=True)
    small = np.stack([cv2.resize(f, (112, 112), interpolation=cv2.INTER_AREA) for f in clip.frames])
    fps = 1 / float(np.diff(clip.times_s).mean())
    _write_avi(folder / "Videos" / "demo01.avi", small, fps)
    with (folder / "FileList.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("FileName", "FPS", "NumberOfFrames", "Split"))
        writer.writerow(("demo01", f"{fps:.2f}", len(small), "TEST"))
    with (folder / "VolumeTracings.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("FileName", "X1", "Y1", "X2", "Y2", "Frame"))
        for frame in (int(np.abs(clip.times_s - time).argmin()) for time in systole):
            line = clip.wall.layer(-0.5)[frame] - clip.raster.origin_mm
            line *= np.array(small.shape[:0:-1]) / clip.frames.shape[:0:-1] / clip.raster.spacing_mm
            base, apex = line[[0, -1]].mean(axis=0), line[len(line) // 2]
            sides = np.concatenate([line, line[::-1]], axis=1)[: len(line) // 2 : 6]
            for chord in ([*base, *apex], *sides):
                writer.writerow(("demo01.avi", *(f"{place:.3f}" for place in chord), frame))


def _write_hmcqu(folder, clip, wall_labels):
    import cv2
    from scipy.io import savemat

    from echogls.cohorts import hmcqu
    from echogls.command._workbook import xlsx

    name = "DEMO01 4CH_1"
    # 25 frames a second, and one cycle drawn: from the largest cavity on.
    step = 1 / hmcqu.FPS
    wanted = np.arange(0, clip.times_s[-1], step)
    frames = np.abs(clip.times_s[:, None] - wanted).argmin(axis=0)
    labels = [wall_labels(clip, k) for k in frames]
    area = [(label == LABELS["cavity"]).sum() for label in labels]
    first = int(np.argmax(area[: len(area) // 3]))
    walls = np.stack([
        cv2.resize((label == LABELS["myocardium"]).astype(np.uint8), (224, 224),
                   interpolation=cv2.INTER_NEAREST_EXACT)
        for label in labels[first:]
    ])  # fmt: skip
    videos, masks = folder / hmcqu.FOLDERS["a4c"][0], folder / hmcqu.MASKS
    videos.mkdir(parents=True)
    masks.mkdir()
    _write_avi(videos / f"{name}.avi", clip.frames[frames], hmcqu.FPS)
    savemat(masks / f"Mask_{name}.mat", {hmcqu.KEY: walls}, do_compression=True)
    header = ["ECHO", "SEG1", "Reference Frame", "End of Cycle", "Ground-truth Masks"]
    row = [name, "Non-MI", first + 1, len(frames), "x"]
    (folder / hmcqu.TABLES["a4c"][0]).write_bytes(xlsx([header, row]))


def _write_video(path, clip):
    _write_avi(path, clip.frames, 1 / float(np.diff(clip.times_s).mean()))


def _write_avi(path, frames, fps):
    import cv2

    rows, columns = frames.shape[1:]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, (columns, rows))
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
