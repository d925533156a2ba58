"""Real optical-flow sets on disk."""

import cv2
import numpy as np
import pytest

from echogls.study import StudyError
from echogls.training.flownet import files
from echogls.training.flownet.batches import sample_of


def write_flo(path, flow):
    head = np.float32(files.FLO_TAG).astype("<f4").tobytes()
    head += np.array(flow.shape[1::-1], "<i4").tobytes()
    path.write_bytes(head + np.ascontiguousarray(flow, "<f4").tobytes())


def write_pfm(path, values, scale=-1.0):
    head = f"PF\n{values.shape[1]} {values.shape[0]}\n{scale}\n".encode()
    kind = "<f4" if scale < 0 else ">f4"
    path.write_bytes(head + np.ascontiguousarray(values[::-1]).astype(kind).tobytes())


@pytest.fixture
def flow():
    return np.random.default_rng(0).normal(size=(6, 9, 2)).astype(np.float32)


def test_flo_is_read_as_the_format_has_it(tmp_path, flow):
    write_flo(tmp_path / "a.flo", flow)
    assert np.array_equal(files.read_flo(tmp_path / "a.flo"), flow)


@pytest.mark.parametrize("scale", [-1.0, 1.0])
def test_pfm_rows_are_bottom_up_and_the_scale_s_sign_is_the_byte_order(tmp_path, flow, scale):
    values = np.dstack([flow, np.zeros((6, 9), np.float32)])
    write_pfm(tmp_path / "a.pfm", values, scale)
    assert np.array_equal(files.read_flow(tmp_path / "a.pfm"), flow)


DAMAGED = {
    b"": "first number",
    b"PIEH" + b"\xff\xff\xff\x7f" * 2: "no image size",
    b"PIEH\x02\0\0\0\x02\0\0\0": "12 bytes",
}


@pytest.mark.parametrize(("content", "said"), DAMAGED.items())
def test_a_damaged_flo_says_what_is_wrong(tmp_path, content, said):
    path = tmp_path / "a.flo"
    path.write_bytes(content)
    with pytest.raises(StudyError, match=said):
        files.read_flo(path)


def test_a_cut_pfm_says_how_much_is_there(tmp_path):
    (tmp_path / "a.pfm").write_bytes(b"PF\n4 4\n-1.0\n" + b"\0" * 10)
    with pytest.raises(StudyError, match="10 bytes of data, expected 192"):
        files.read_pfm(tmp_path / "a.pfm")


def images(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((6, 9, 3), 80, np.uint8))


def test_the_three_layouts_are_found(tmp_path, flow):
    chairs = tmp_path / "chairs" / "data"
    images(chairs / "00001_img1.ppm", chairs / "00001_img2.ppm")
    write_flo(chairs / "00001_flow.flo", flow)
    things = tmp_path / "things"
    scene = things / "frames_cleanpass/TRAIN/A/0000/left"
    images(scene / "0006.png", scene / "0007.png")
    place = things / "optical_flow/TRAIN/A/0000/into_future/left"
    place.mkdir(parents=True)
    write_pfm(place / "OpticalFlowIntoFuture_0006_L.pfm", np.dstack([flow, flow[..., :1]]))
    small = tmp_path / "small" / "data" / "train"
    images(small / "t0/00003.png", small / "t1/00003.png")
    (small / "flow").mkdir()
    write_pfm(small / "flow/00003.pfm", np.dstack([flow, flow[..., :1]]))
    for name in ("chairs", "things", "small"):
        listed = files.list_pairs(tmp_path / name)
        assert len(listed) == 1
        first, second, found = files.read_pair(listed[0])
        assert first.shape == second.shape == (6, 9)
        assert np.array_equal(found, flow)


def test_what_the_sets_keep_for_tests_is_not_trained_on(tmp_path, flow):
    chairs = tmp_path / "chairs"
    for name in ("00001", "00002"):
        images(chairs / f"data/{name}_img1.ppm", chairs / f"data/{name}_img2.ppm")
        write_flo(chairs / f"data/{name}_flow.flo", flow)
    (chairs / files.CHAIRS_SPLIT).write_text("2\n1\n")
    small = tmp_path / "small/data"
    for part in ("train", "test"):
        images(small / part / "t0/00003.png", small / part / "t1/00003.png")
        (small / part / "flow").mkdir()
        write_pfm(small / part / "flow/00003.pfm", np.dstack([flow, flow[..., :1]]))
    (found,) = files.list_pairs(chairs)
    assert found[0].name == "00002_img1.ppm"
    (found,) = files.list_pairs(small)
    assert found[0].parts[-3] == "train"


@pytest.mark.parametrize("unknown", [np.nan, np.inf, 1.6e9])
def test_unknown_motion_counts_nothing(tmp_path, unknown):
    flow = np.full((80, 80, 2), 1.5, np.float32)
    flow[:40, :, 0] = unknown
    images_of = [tmp_path / f"00001_img{k}.ppm" for k in (1, 2)]
    for path in images_of:
        cv2.imwrite(str(path), np.full((80, 80, 3), 80, np.uint8))
    write_flo(tmp_path / "00001_flow.flo", flow)
    _, _, truth = sample_of(
        "chairs",
        np.random.default_rng(0),
        (80, 80),
        folders={"chairs": files.list_pairs(tmp_path)},
    )
    assert np.array_equal(truth[..., 2], np.repeat([0.0, 1.0], 40)[:, None] * np.ones(80))
    assert (truth[40:, :, :2] == 1.5).all() and np.isfinite(truth).all()


def test_a_folder_without_pairs_says_what_was_expected(tmp_path):
    with pytest.raises(StudyError, match=r"FlyingChairs .* ChairsSDHom"):
        files.list_pairs(tmp_path)
