"""HMC-QU: videos, the table of cycles, masks of the wall."""

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from echogls import cohorts
from echogls.cohorts import hmcqu
from echogls.cohorts._sector import hull
from echogls.cohorts._video import write_avi
from echogls.study import LABELS
from echogls.xlsx_writer import xlsx

NAME = "ES0001 4CH_1"
HEADER = ["ECHO", "SEG1", "SEG2", "Reference Frame", "End of Cycle", "Masks"]


def horseshoe(side=224):
    """(side, side) bool: an arch open at the bottom."""
    rows, columns = np.mgrid[:side, :side] / side
    radius = np.hypot((columns - 0.5) / 0.2, (rows - 0.6) / 0.4)
    return (radius < 1) & (radius > 0.75) & (rows < 0.6)


def sector_video(count=30, shape=(120, 160)):
    rng = np.random.default_rng(5)
    noise = np.stack([cv2.GaussianBlur(rng.normal(0, 1, shape), (0, 0), 1.5) for _ in range(count)])
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    inside = (np.abs(np.arctan2(columns - 80, rows - 2)) < 0.6) & (rows < 112)
    return np.where(inside, np.clip(110 + 150 * noise, 20, 250), 0).astype(np.uint8)


def write_set(root, masks=20, start=5, rows=None, table="A4C.xlsx", videos="HMC-QU/A4C"):
    for folder in (videos, hmcqu.MASKS):
        (root / folder).mkdir(parents=True, exist_ok=True)
    write_avi(root / videos / f"{NAME}.avi", sector_video(), 30.0)  # the file's own rate is wrong
    if masks:
        walls = np.stack([horseshoe()] * masks).astype(float)
        savemat(root / hmcqu.MASKS / f"Mask_{NAME}.mat", {"predicted": walls})
    rows = [[NAME, 0, 1, start, start + masks - 1, "x"]] if rows is None else rows
    (root / table).write_bytes(xlsx([["HMC-QU"], HEADER, *rows]))
    return root / videos / f"{NAME}.avi"


def one(path, **settings):
    rows, cines = cohorts.ingest_patient("hmcqu", path, settings)
    assert len(rows) == 1
    return rows[0], cines.get(rows[0]["clip"])


@pytest.mark.parametrize(
    ("table", "videos"),
    [
        ("A4C.xlsx", "HMC-QU/A4C"),
        ("HMC_QU.xlsx", "HMC-QU Echos/HMC-QU Echos"),
        ("HMC_QU.xlsx", "HMC-QU Echos"),
    ],
)
def test_both_releases_are_read_at_25_frames_a_second(tmp_path, table, videos):
    write_set(tmp_path, table=table, videos=videos)
    patients = cohorts.list_patients("hmcqu", tmp_path)
    assert list(patients) == ["ES0001"]
    row, _ = one(patients["ES0001"])
    assert (row["status"], row["view"], row["note"]) == ("ok", "a4c", "")
    assert row["fps"] == pytest.approx(25) and row["spacing_mm"] is None
    assert len(cohorts.source_files("hmcqu", patients["ES0001"])) == 3


def test_the_mask_lies_in_its_cycle_on_the_video_s_grid(tmp_path):
    _, cine = one(write_set(tmp_path))
    drawn = np.flatnonzero(cine.reference.any(axis=(1, 2)))
    assert drawn.tolist() == list(range(4, 24))
    assert cine.reference.shape == cine.frames.shape
    top, _, left, _ = map(int, cine.provenance["sector_box"].split())
    wall = np.argwhere(cine.reference[4] == LABELS["myocardium"])
    expected = np.argwhere(horseshoe()).mean(axis=0) / 224 * (120, 160)
    np.testing.assert_allclose(wall.mean(axis=0) + np.array([top, left]), expected, atol=1)


def test_the_cavity_is_what_the_wall_s_hull_holds():
    wall = horseshoe()
    labels = hmcqu.whole_labels(wall)
    np.testing.assert_array_equal(labels == LABELS["myocardium"], wall)
    cavity = labels == LABELS["cavity"]
    assert (hull(wall) & ~wall)[cavity].all()
    rows, columns = np.mgrid[:224, :224] / 224
    inside = (np.hypot((columns - 0.5) / 0.2, (rows - 0.6) / 0.4) < 0.75) & (rows < 0.6)
    assert cavity[inside].mean() > 0.99 and inside[cavity].mean() > 0.99
    assert not hmcqu.whole_labels(np.zeros((9, 9), bool)).any()


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"masks": 0}, ""),
        ({"start": 20}, "frames 20 to 39 of 30"),
        ({"rows": []}, "which frame"),
        ({"rows": [[NAME, 0, 1, "?", 9, "x"]]}, "which frame"),
    ],
)
def test_what_is_wrong_with_a_mask_leaves_the_clip(tmp_path, facts, note):
    row, cine = one(write_set(tmp_path, **facts))
    assert row["status"] == "ok" and cine.reference is None
    assert note in row["note"] and bool(note) == bool(row["note"])


@pytest.mark.parametrize("content", [b"", b"no matrix", {"other": np.ones(3)}, {"predicted": 1.0}])
def test_a_broken_mask_leaves_the_clip(tmp_path, content):
    path = write_set(tmp_path)
    mask = tmp_path / hmcqu.MASKS / f"Mask_{NAME}.mat"
    if isinstance(content, bytes):
        mask.write_bytes(content)
    else:
        savemat(mask, content)
    row, cine = one(path)
    assert row["status"] == "ok" and cine.reference is None
    assert "mask is left out" in row["note"] and str(tmp_path) not in row["note"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut"])
def test_a_broken_table_leaves_the_clip(tmp_path, content):
    path = write_set(tmp_path)
    (tmp_path / "A4C.xlsx").write_bytes(content)
    assert one(path)[0]["status"] == "ok"


def test_both_views_are_one_patient(tmp_path):
    path = write_set(tmp_path)
    (tmp_path / "HMC-QU/A2C").mkdir()
    write_avi(tmp_path / "HMC-QU/A2C/ES0001 CH2_1.avi", sector_video(), 25.0)
    assert list(cohorts.list_patients("hmcqu", tmp_path)) == ["ES0001"]
    rows, _ = cohorts.ingest_patient("hmcqu", path, {})
    assert [(row["clip"], row["view"]) for row in rows] == [("clip01", "a4c"), ("clip02", "a2c")]
    assert one(path, views=["a2c"])[0]["view"] == "a2c"


def test_a_video_elsewhere_is_a_patient_without_clips(tmp_path):
    write_avi(tmp_path / "a.avi", sector_video(12), 25.0)
    assert one(tmp_path / "a.avi")[0]["reason"] == "no_clips"
