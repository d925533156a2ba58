"""`echogls demo-data`: a small folder in each source format, all simulated."""

import csv
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

from echogls.study import LABELS, StudyError

SEED = 2018
NOTE = """\
Simulated recordings made by `echogls demo-data`, one small folder a source format.
No patient was examined.
Look at one:  echogls inspect dicom
Set one up:   echogls init demo --data dicom
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="is made; must not hold anything yet")


def run(arguments: Namespace) -> int:
    """Write the folders dicom, camus, echonet and video, and a table of readings."""
    write_demo(arguments.folder)
    print(f"wrote {arguments.folder}: dicom, camus, echonet, video, readers.tsv (simulated)")
    return 0


def write_demo(folder: Path) -> None:
    """Fill a folder, the same bytes each time but for what a writer stamps.

    Raises StudyError if the folder holds something.
    """
    from echogls.simulation.anatomy import draw_heart
    from echogls.simulation.clip import simulate_clip
    from echogls.simulation.dicom import write_dicom
    from echogls.simulation.streams import wall_labels
    from echogls.simulation.truth import true_measures

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
    _write_camus(folder / "camus" / "patient0001", clip, wall_labels)
    _write_echonet(folder / "echonet", clip)
    (folder / "video").mkdir()
    _write_video(folder / "video" / "demo01.avi", clip)
    gls = true_measures(clip).get(("global", "gls"), -18.0)
    with (folder / "readers.tsv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(("patient", "reader", "repeat", "view", "measure", "value"))
        for reader in ("reader_1", "reader_2"):
            value = gls + rng.normal(0, 1)
            writer.writerow(("demo01", reader, 1, "a4c", "gls", f"{value:.1f}"))


def _write_camus(folder, clip, wall_labels):
    import nibabel

    folder.mkdir(parents=True)
    spacing = clip.raster.spacing_mm
    area = [(wall_labels(clip, k) == LABELS["cavity"]).sum() for k in range(len(clip.frames))]
    for phase, k in (("ED", int(np.argmax(area))), ("ES", int(np.argmin(area)))):
        for ending, image in (("", clip.frames[k]), ("_gt", wall_labels(clip, k))):
            stored = nibabel.Nifti1Image(
                np.ascontiguousarray(image.T), np.diag([spacing] * 2 + [1, 1])
            )
            stored.header.set_zooms((spacing, spacing))
            nibabel.save(stored, folder / f"{folder.name}_4CH_{phase}{ending}.nii.gz")


def _write_echonet(folder, clip):
    import cv2

    (folder / "Videos").mkdir(parents=True)
    small = np.stack([cv2.resize(f, (112, 112), interpolation=cv2.INTER_AREA) for f in clip.frames])
    fps = 1 / float(np.diff(clip.times_s).mean())
    _write_avi(folder / "Videos" / "demo01.avi", small, fps)
    with (folder / "FileList.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("FileName", "FPS", "NumberOfFrames", "Split"))
        writer.writerow(("demo01", f"{fps:.2f}", len(small), "TEST"))


def _write_video(path, clip):
    _write_avi(path, clip.frames, 1 / float(np.diff(clip.times_s).mean()))


def _write_avi(path, frames, fps):
    import cv2

    rows, columns = frames.shape[1:]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, (columns, rows))
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
