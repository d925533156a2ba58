"""Damaged recordings, tables, exports and configs: always a result, a row with a reason or an error
of the project, never another exception, never more than 2 GB or 30 s (hunt.py)."""

import os
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest
import recordings
from PIL import Image
from targets import TARGETS

from echogls.command.demo_data import write_demo

HUNT = Path(__file__).with_name("hunt.py")
CORPUS = HUNT.with_name("corpus")
# `make fuzz` hunts for ten minutes in all, and what it finds is kept in the corpus.
SECONDS = float(os.environ.get("ECHOGLS_FUZZ_SECONDS", "0"))
RECORDINGS = [
    ("dicom", "dicom", "*/*.dcm"),
    ("dicom", "plain", "*/clip"),
    ("video", "video", "*.avi"),
    ("video", "gif", "*.gif"),
    ("video", "webp", "*.webp"),
    ("echonet", "echonet", "Videos/*.avi"),
    ("echonet", "echonet", "VolumeTracings.csv"),
    ("echonet", "echonet", "FileList.csv"),
    ("hmcqu", "hmcqu", "LV*/*.mat"),
    ("hmcqu", "hmcqu", "A4C.xlsx"),
    ("camus", "camus", "*/*_ED.nii.gz"),
    ("camus", "camus", "*/*_ED_gt.nii.gz"),
    ("camus", "nii", "*/*_ES.nii"),
    ("camus", "mhd", "*/*_ED.mhd"),
    ("camus", "mhd", "*/*_ED.raw"),
]
SHARE = SECONDS / (len(RECORDINGS) + len(TARGETS))


def hunt(*words, examples, corpus):
    """Run hunt.py, and show what it says if it finds something."""
    limits = ("--examples", str(examples), "--seconds", str(SHARE), "--corpus", corpus)
    run = subprocess.run(
        [sys.executable, HUNT, *words, *limits],
        capture_output=True,
        text=True,
        errors="replace",  # decoders print bytes of the damaged file
    )
    assert run.returncode == 0, run.stderr[-4000:]


@pytest.fixture
def corpus(tmp_path):
    """Where what is found is left: beside the tests in a long hunt, else not."""
    return CORPUS if SECONDS else tmp_path


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo data; beside it CAMUS as MetaImage and plain NIfTI, uncompressed DICOM,
    animations."""
    import pydicom

    folder = tmp_path_factory.mktemp("made") / "demo"
    write_demo(folder)
    for packed in folder.glob("camus/*/*_4CH_*.nii.gz"):
        image = nibabel.load(packed)
        values = np.asanyarray(image.dataobj)
        for kind in ("mhd", "nii"):
            (folder / kind / "patient0001").mkdir(parents=True, exist_ok=True)
        stem = packed.name.removesuffix(".nii.gz")
        nibabel.save(image, folder / "nii" / "patient0001" / f"{stem}.nii")
        raw = folder / "mhd" / "patient0001" / f"{stem}.raw"
        raw.write_bytes(values.tobytes(order="F"))
        header = ["ObjectType = Image", "NDims = 2", "ElementType = MET_UCHAR"]
        header += [f"DimSize = {values.shape[0]} {values.shape[1]}", "ElementSpacing = 0.3 0.3"]
        header.append(f"ElementDataFile = {raw.name}")
        raw.with_suffix(".mhd").write_text("\n".join(header))
    clip = pydicom.dcmread(next(folder.glob("dicom/*/*.dcm")))
    clip.decompress()
    (folder / "plain" / "demo01").mkdir(parents=True)
    clip.save_as(folder / "plain" / "demo01" / "clip")
    frames = clip.pixel_array[::4]
    pictures = [Image.fromarray(frame).convert("L").resize((200, 150)) for frame in frames]
    for kind in ("gif", "webp"):
        (folder / kind).mkdir()
        more = {"append_images": pictures[1:], "duration": 40, "save_all": True}
        pictures[0].save(folder / kind / f"demo01.{kind}", **more)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("source", "root", "pattern"), RECORDINGS)
def test_a_damaged_recording_is_a_row_within_limits(demo, corpus, source, root, pattern):
    file = next((demo / root).glob(pattern))
    hunt(source, file, demo / root, examples=10, corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_a_damaged_table_export_or_config_is_read_or_refused_in_words(corpus, target):
    hunt(target, examples=30, corpus=corpus)


@pytest.mark.parametrize("target", TARGETS)
def test_what_ever_failed_is_read_or_refused_in_words(tmp_path, monkeypatch, target):
    monkeypatch.chdir(tmp_path)
    _, use = TARGETS[target]
    files = sorted((CORPUS / target).glob("*"))
    assert files
    for file in files:
        use(file.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize(("source", "root", "pattern"), RECORDINGS)
def test_a_recording_that_ever_failed_is_a_row(demo, source, root, pattern):
    """Each file of corpus/{source} that has the name of a recording's file stands in its place."""
    file = next((demo / root).glob(pattern))
    _, use = recordings.target(source, file, demo / root)
    for failed in sorted((CORPUS / source).glob("*")):
        if failed.suffix == file.suffix:
            use(failed.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(30000, 30000), (32000, 32000, 32000), (1, 1), (0, 5)])
def test_a_nifti_header_may_say_any_size(tmp_path, shape):
    """A header of gigabytes before a few bytes of pixels."""
    code = (
        "import resource, sys; from pathlib import Path; from echogls import cohorts; "
        "resource.setrlimit(resource.RLIMIT_DATA, (2 << 30, 2 << 30)); "
        "rows, _ = cohorts.ingest_patient('camus', Path(sys.argv[1]), {}); "
        "print(rows[0]['status'], rows[0]['reason'])"
    )
    folder = tmp_path / "patient0001"
    folder.mkdir()
    header = nibabel.Nifti1Header()
    header.set_data_dtype(np.uint8)
    header["dim"][: len(shape) + 1] = (len(shape), *shape)
    header["vox_offset"], header["magic"] = 352, b"n+1"
    for phase in ("ED", "ES"):
        path = folder / f"patient0001_4CH_{phase}.nii"
        path.write_bytes(header.binaryblock + bytes(4) + bytes(500))
    run = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split()[0] == "excluded"
