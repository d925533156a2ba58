"""What says whose a recording is, planted in every format wherever a text can stand, leaves neither
in rows and cines nor in what is printed; and files are only read."""

import hashlib
import itertools
import logging
import warnings

import cv2
import dicom_files
import nibabel
import numpy as np
import openpyxl
import pydicom
import pytest
from outputs import text_of
from PIL import Image, PngImagePlugin
from pydicom.datadict import dictionary_VR, keyword_for_tag

from echogls import cohorts
from echogls.cine import save_cines
from echogls.command.demo_data import write_demo
from echogls.study import CLIP_COLUMNS
from echogls.tables import write_table

WORD = "Plantedname"
DATE, DATES = "19470811", ("19470811", "1947-08-11", "11.08.1947")
WORDS = ("planted", *DATES)
# What a machine is stays, as in the basic profile of DICOM PS3.15.
STAYS = {"Manufacturer", "ManufacturerModelName", "SpecificCharacterSet", "Modality"}
TEXT_VRS = {"AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UT",
            "DS", "IS", "UR"}  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "demo"
    write_demo(folder)
    return folder


def left_behind(source, root, out, capfd):
    """All texts that ingesting every patient leaves: tables, arrays, what is printed or warned."""
    out.mkdir(parents=True)
    texts = []
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for number, path in enumerate(cohorts.list_patients(source, root).values()):
            rows, cines = cohorts.ingest_patient(source, path, {"min_frames": 2})
            save_cines(out / f"{number}.npz", cines)
            write_table(out / f"{number}.tsv", rows, CLIP_COLUMNS)
            texts += [text_of(out / f"{number}{kind}") for kind in (".npz", ".tsv")]
            assert rows
    texts += [str(warning.message) for warning in warned]
    return "\n".join([*texts, *capfd.readouterr()]).lower()


def holds(texts):
    return [word for word in WORDS if word in texts]


def snapshot(root):
    """Of every file: place, time of change and digest."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return [
        (path, path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in files
    ]


KINDS = ("avi", "mp4", "gif", "webp", "camus", "mhd", "echonet", "hmcqu")


@pytest.fixture
def planted(request, demo, tmp_path):
    """The demo of a format with words planted in its files; and its name as a source."""
    kind = request.param
    root = tmp_path / "data"
    PLANTS[kind](demo, root)
    video = kind in ("avi", "mp4", "gif", "webp")
    return "video" if video else "camus" if kind == "mhd" else kind, root


@pytest.mark.slow
@pytest.mark.parametrize("planted", KINDS, indirect=True)
def test_nothing_planted_leaves_a_recording_and_no_file_is_touched(
    planted, tmp_path, capfd, caplog
):
    source, root = planted
    assert any(word in text_of(file).lower() for file in files_of(root) for word in WORDS)
    caplog.set_level(logging.WARNING)  # what Python prints without being asked
    for path in [root, *root.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = snapshot(root)
    texts = left_behind(source, root, tmp_path / "out", capfd) + caplog.text.lower()
    assert holds(texts) == []
    assert snapshot(root) == before
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def files_of(root):
    return [path for path in root.rglob("*") if path.is_file()]


def places_of_text(clip):
    """(dataset, tag, VR) of every text of a clip, nested and private ones too."""
    for element in clip:
        if element.VR == "SQ":
            for item in element.value:
                yield from places_of_text(item)
        elif element.VR in TEXT_VRS and keyword_for_tag(element.tag) not in STAYS:
            yield clip, element.tag, element.VR


def filled_clip():
    """A clip with every text that the readers of clips ask for, and what else a file may have."""
    clip = dicom_files.dataset(dicom_files.fan_frames(12, 48, 64))
    from echogls.cohorts import _dicom_header

    for keyword in _dicom_header.ELEMENTS:
        if keyword not in clip and dictionary_VR(keyword) in TEXT_VRS:
            setattr(clip, keyword, "1" if dictionary_VR(keyword) in ("DS", "IS") else "A")
    for keyword in ("PatientAddress", "ReferringPhysicianName", "StudyDescription", "StudyTime",
                    "AccessionNumber", "OperatorsName", "ImageComments", "ProtocolName",
                    "StationName", "DeviceSerialNumber", "FrameOfReferenceUID"):  # fmt: skip
        setattr(clip, keyword, "1")
    clip.add_new((0x0009, 0x0010), "LO", "MAKER")
    clip.add_new((0x0009, 0x1001), "LO", "A")
    inner = pydicom.Dataset()
    inner.add_new((0x0011, 0x0010), "LO", "MAKER")
    inner.add_new((0x0011, 0x1001), "PN", "A")
    inner.PatientName = "A"
    clip.OtherPatientIDsSequence = pydicom.Sequence([inner])
    clip.SequenceOfUltrasoundRegions[0].ReferencedImageSequence = pydicom.Sequence([inner])
    return clip


@pytest.mark.slow
def test_no_text_of_a_dicom_file_leaves_it_whatever_stands_there(tmp_path, capfd, caplog):
    """Each text by itself, for one in its place may be all that makes a file unreadable; and a
    date or a name may stand where a number belongs."""
    caplog.set_level(logging.WARNING)
    count = len(list(places_of_text(filled_clip())))
    assert count > 30
    told = []
    for number, word in itertools.product(range(count), (WORD, DATE)):
        root = tmp_path / f"{number}{word}"
        place = write_planted(root / "p" / "a", number, word)
        caplog.clear()
        texts = left_behind("dicom", root, tmp_path / f"out{number}{word}", capfd)
        told += [(place, word) for word in holds(texts + caplog.text.lower())]
    assert told == []


def write_planted(file, number, word):
    """A clip with a word in one of its texts, whatever belongs there; its tag and VR."""
    clip = filled_clip()
    data, tag, vr = list(places_of_text(clip))[number]
    text = word.encode() + b" " * (len(word) % 2)
    with warnings.catch_warnings(), pydicom.config.disable_value_validation():
        warnings.simplefilter("ignore")
        data[tag] = pydicom.dataelem.RawDataElement(tag, vr, len(text), text, 0, False, True)
        dicom_files.save(clip, file)
    return tag, vr


def plant_avi(demo, root):
    """A list INFO with names beside the frames, as players and programs write it."""
    file = root / "p01" / f"{WORD} {DATES[1]}.avi"
    file.parent.mkdir(parents=True)
    content = bytearray(next((demo / "video").glob("*.avi")).read_bytes())
    facts = b"".join(
        tag + len(text).to_bytes(4, "little") + text
        for tag, text in ((b"INAM", b"Plantedname\0"), (b"ICRD", b"1947-08-11\0\0"),
                          (b"IART", b"Plantedhospi"))
    )  # fmt: skip
    content += b"LIST" + (4 + len(facts)).to_bytes(4, "little") + b"INFO" + facts
    content[4:8] = (len(content) - 8).to_bytes(4, "little")
    file.write_bytes(content)


def plant_mp4(demo, root):
    """A title, an artist and a comment in the container."""
    av = pytest.importorskip("av")
    file = root / "p01" / f"{WORD}.mp4"
    file.parent.mkdir(parents=True)
    with av.open(str(file), "w", options={"movflags": "use_metadata_tags"}) as made:
        made.metadata.update(title=f"{WORD} 11.08.1947", artist="Plantedhospital")
        made.metadata.update(comment=DATE, creation_time="1947-08-11T09:33:00Z")
        stream = made.add_stream("mpeg4", rate=25)
        frames = demo_frames(demo)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            made.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        made.mux(stream.encode())


def demo_frames(demo):
    """(T, H, W, 3) frames of the demo's clip, of even height and width."""
    video = cv2.VideoCapture(str(next((demo / "video").glob("*.avi"))))
    frames = []
    while (found := video.read())[0]:
        frames.append(found[1])
    frames = np.array(frames[:30])
    return frames[:, : frames.shape[1] // 2 * 2, : frames.shape[2] // 2 * 2]


def plant_gif(demo, root):
    plant_animation(demo, root, "gif", comment=f"{WORD} {DATE}".encode())


def plant_webp(demo, root):
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x0132] = f"{WORD} at", "Plantedhospital", DATES[1]
    xmp = f"<x:xmpmeta><dc:creator>{WORD}</dc:creator></x:xmpmeta>".encode()
    plant_animation(demo, root, "webp", exif=exif.tobytes(), xmp=xmp)


def plant_animation(demo, root, kind, **metadata):
    pictures = [Image.fromarray(frame).resize((200, 150)) for frame in demo_frames(demo)[::2]]
    file = root / "p01" / f"{WORD}.{kind}"
    file.parent.mkdir(parents=True)
    more = {"append_images": pictures[1:], "duration": 40, "save_all": True}
    pictures[0].save(file, **more, **metadata)


def plant_camus(demo, root):
    """Headers of NIfTI and lines of Info files; the folder is the patient's key."""
    for file in (path for path in (demo / "camus").rglob("*") if path.is_file()):
        copy = root / file.relative_to(demo / "camus")
        copy.parent.mkdir(parents=True, exist_ok=True)
        if file.name.endswith(".nii.gz"):
            image = nibabel.load(file)
            image.header["descrip"], image.header["db_name"] = b"Plantedname", b"19470811"
            image.header["aux_file"], image.header["intent_name"] = b"Plantedhospital", b"planted"
            nibabel.save(image, copy)
        else:
            copy.write_bytes(file.read_bytes())
    for folder in {path.parent for path in root.rglob("*.nii.gz")}:
        for view in ("4CH", "2CH"):
            with (folder / f"Info_{view}.cfg").open("a") as stream:
                stream.write(f"\nPatientName: {WORD}\nDate: {DATE}\nSite: Plantedhospital\n")


def plant_mhd(demo, root):
    for packed in (demo / "camus").glob("*/*_4CH_*.nii.gz"):
        values = np.asanyarray(nibabel.load(packed).dataobj)
        folder = root / "patient0001"
        folder.mkdir(parents=True, exist_ok=True)
        raw = folder / f"{packed.name.removesuffix('.nii.gz')}.raw"
        raw.write_bytes(values.tobytes(order="F"))
        header = [f"Comment = {WORD} {DATE}", "ObjectType = Image", "NDims = 2"]
        header += [f"PatientName = {WORD}", "ElementType = MET_UCHAR"]
        header += [f"DimSize = {values.shape[0]} {values.shape[1]}", "ElementSpacing = 0.3 0.3"]
        raw.with_suffix(".mhd").write_text("\n".join([*header, f"ElementDataFile = {raw.name}"]))


def plant_echonet(demo, root):
    """Columns of names and dates in both tables, and a row of somebody else."""
    copy_tree(demo / "echonet", root)
    for table in ("FileList.csv", "VolumeTracings.csv"):
        lines = (root / table).read_text().splitlines()
        made = [f"{lines[0]},Name,Date,Site"]
        made += [f"{line},{WORD},{DATE},Plantedhospital" for line in lines[1:]]
        (root / table).write_text("\n".join(made))


def plant_hmcqu(demo, root):
    """Properties of the workbook, columns and sheets beside its own, and fields of the masks."""
    from scipy.io import loadmat, savemat

    copy_tree(demo / "hmcqu", root)
    for file in root.rglob("*.xlsx"):
        book = openpyxl.load_workbook(file)
        book.properties.creator = book.properties.title = WORD
        book.properties.description = f"Plantedhospital {DATE}"
        book.active.insert_cols(2)
        for cell in book.active["B"]:
            cell.value = WORD
        book.create_sheet(WORD).append([WORD, DATE])
        book.save(file)
    for file in root.rglob("*.mat"):
        fields = {k: v for k, v in loadmat(file).items() if not k.startswith("__")}
        savemat(file, fields | {"patient": WORD, "date": DATE})


def copy_tree(whence, where):
    for file in files_of(whence):
        copy = where / file.relative_to(whence)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())


PLANTS = {kind: globals()[f"plant_{kind}"] for kind in KINDS}


def test_the_search_finds_what_is_there(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", text=np.array(WORD))
    facts = PngImagePlugin.PngInfo()
    facts.add_text("Author", WORD, zip=True)
    Image.new("L", (9, 9)).save(tmp_path / "b.png", pnginfo=facts)
    openpyxl.Workbook().save(tmp_path / "c.xlsx")
    book = openpyxl.Workbook()
    book.properties.creator = WORD
    book.save(tmp_path / "d.xlsx")
    found = {path.name for path in tmp_path.iterdir() if WORD in text_of(path)}
    assert found == {"a.npz", "b.png", "d.xlsx"}
