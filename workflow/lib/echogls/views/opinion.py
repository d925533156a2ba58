"""What the classifier and the second opinion say of one clip."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from echogls.cine import Cine, spread
from echogls.segmentation.square import Square, normalise
from echogls.study import VIEWS
from echogls.views import shape

# By judgement: more frames cost time.
MOST_FRAMES = 16  # that the classifier looks at, spread over the clip
SEGMENTED_FRAMES = 8  # that the second opinion looks at
NAMES = tuple(VIEWS)
# Probability of the mirror image at which that explains what is not known; by judgement.
MIRRORED = 0.8
APICAL = ("a4c", "a2c", "alax")  # views with a ventricle that the second opinion knows


@dataclass(frozen=True)
class Opinion:
    """Of one clip.

    Attributes
    ----------
    probabilities : view -> calibrated probability, the mean over frames; they sum to one.
    mirrored : probability of the apical four-chamber view if left and right are exchanged.
    shape : "plausible", a key of shape.CODES, or "" where it was not asked.
    plausible_share, area_change, coverage, textbook_share : see shape.Shape; NaN where it was
        not asked.
    """

    probabilities: dict[str, float]
    mirrored: float
    shape: str = ""
    plausible_share: float = float("nan")
    area_change: float = float("nan")
    coverage: float = float("nan")
    textbook_share: float = float("nan")

    @property
    def best(self) -> str:
        """The most probable view."""
        return max(self.probabilities, key=self.probabilities.get)


def form_opinion(
    cine: Cine,
    classifier: Callable[[np.ndarray], np.ndarray],
    segmenter: Callable[[np.ndarray], np.ndarray],
    *,
    temperature: float = 1.0,
    always: bool = False,
    look_at: Callable = map,
) -> Opinion:
    """Look at a clip with both networks.

    Parameters
    ----------
    classifier : from (1, side, side, 1) grey in 0..1 to (1, 8) probabilities, with
        `input_shape`, as `runtime.load_graph` gives it.
    segmenter : as `segmentation.clip.segment_clip` takes it.
    temperature : of the classifier, see `tempered`.
    always : ask for the second opinion whatever the classifier says; else only where it
        says an apical view, or does not know and the mirror image is no better known.
    look_at : maps a function over frames, as `map` does or a pool's `map` side by side.
    """
    side = classifier.input_shape[1]
    square = Square.of_sector(cine.sector)

    def look(k: int) -> tuple[np.ndarray, np.ndarray]:
        grey = normalise(square.cut(cine.frames[k], side).astype(np.float32) / 255)
        return classifier(grey[None, ..., None])[0], classifier(grey[None, :, ::-1, None])[0]

    seen, turned = zip(*look_at(look, spread(len(cine.frames), MOST_FRAMES)), strict=True)
    mean = tempered(np.array(seen), temperature).mean(0)
    mirrored = tempered(np.array(turned), temperature).mean(0)[NAMES.index("a4c")]
    by_classifier = Opinion(
        {n: float(p) for n, p in zip(NAMES, mean, strict=True)}, float(mirrored)
    )
    doubtful = by_classifier.best == "unknown" and by_classifier.mirrored < MIRRORED
    if not (always or doubtful or by_classifier.best in APICAL):
        return by_classifier
    some = spread(len(cine.frames), SEGMENTED_FRAMES)
    verdict = shape.judge(cine, segmenter, some, look_at=look_at)
    return Opinion(by_classifier.probabilities, by_classifier.mirrored, **vars(verdict))


def form_opinions(
    cines: Mapping[str, Cine],
    classifier: Callable[[np.ndarray], np.ndarray],
    segmenter: Callable[[np.ndarray], np.ndarray],
    *,
    temperature: float,
    wanted: Sequence[str],
    workers: int = 1,
) -> dict[str, Opinion]:
    """`form_opinion` of every clip; always both networks' where the source states a view that is
    wanted. `workers` frames at a time; the result does not depend on it."""
    with ThreadPoolExecutor(workers) as pool:
        return {
            name: form_opinion(
                cine,
                classifier,
                segmenter,
                temperature=temperature,
                always=cine.view in wanted,
                look_at=pool.map,
            )
            for name, cine in cines.items()
        }


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """(..., classes) softmax outputs as if their scores had been divided by the temperature.

    Guo et al., On calibration of modern neural networks, ICML 2017: above 1 makes them less
    sure; which view is the most probable stays.
    """
    scores = np.log(np.maximum(np.asarray(probabilities, np.float64), 1e-12)) / temperature
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    return scores / scores.sum(-1, keepdims=True)
