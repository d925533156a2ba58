from itertools import islice

import numpy as np

from echogls.simulation import streams
from echogls.study import LABELS, VIEWS

SIZE = (96, 128)


def test_flow_pairs_are_fixed_by_seed_and_number():
    one = list(islice(streams.flow_pairs(3, size=SIZE), 3))
    other = next(streams.flow_pairs(3, start=2, size=SIZE))
    for name in ("first", "second", "flow", "wall"):
        np.testing.assert_array_equal(getattr(one[2], name), getattr(other, name))
    assert not np.array_equal(one[0].first, next(streams.flow_pairs(4, size=SIZE)).first)


def test_flow_is_what_moves_the_wall_s_picture():
    pair = next(streams.flow_pairs(5, size=(192, 256)))
    rows, columns = np.nonzero(pair.wall & pair.sector)
    moved = pair.flow[rows, columns]
    assert np.isfinite(moved).all() and 0 < np.abs(moved).max() < 15
    # brightness along the flow changes less than against it
    ahead, behind = (
        np.stack([rows, columns], -1) + np.round(sign * moved[:, ::-1]).astype(int)
        for sign in (1, -1)
    )
    start = pair.first[rows, columns].astype(float)
    change = [
        np.abs(pair.second[np.clip(p[:, 0], 0, 191), np.clip(p[:, 1], 0, 255)] - start).mean()
        for p in (ahead, behind)
    ]
    assert change[0] <= change[1]


def test_labelled_images_have_cavity_muscle_and_atrium_below():
    image, labels = next(streams.labelled_images(1, size=SIZE))
    assert image.shape == labels.shape == SIZE
    assert set(LABELS.values()) == set(np.unique(labels))
    depth = {name: np.argwhere(labels == LABELS[name])[:, 0].mean() for name in LABELS}
    assert depth["cavity"] < depth["atrium"]


def test_the_wall_is_open_at_the_valve():
    """Between the two ends of the wall lies the atrium, not muscle."""
    _, labels = next(streams.labelled_images(1, size=SIZE))
    rows, columns = np.nonzero(labels == LABELS["cavity"])
    base = columns[rows >= rows.max() - 1]
    below = labels[rows.max() + 2, int(base.mean())]
    assert below == LABELS["atrium"]


def test_views_all_come():
    seen = {view for _, view in islice(streams.view_images(2, size=(48, 64)), 40)}
    assert seen == set(VIEWS)
