import numpy as np

from echogls.manuscript.figures.view_quality import draw_view_quality
from echogls.training.views.evaluation import reliability


def test_confusion_and_reliability_are_drawn_in_every_format_and_alike_each_time(tmp_path):
    rng = np.random.default_rng(0)
    told = rng.dirichlet(np.full(8, 0.3), 200)
    bins = reliability(told, told.argmax(-1))
    for name in ("one", "two"):
        draw_view_quality(rng.integers(1, 2, (8, 8)), bins, tmp_path / name)
    for ending in ("svg", "png", "pdf"):
        one, two = (tmp_path / f"{name}.{ending}" for name in ("one", "two"))
        assert one.stat().st_size > 2000
        assert one.read_bytes() == two.read_bytes()
    assert "taken for" in (tmp_path / "one.svg").read_text()
