"""Training of the view classifier: Adam and categorical cross-entropy, resumable."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from echogls.training import learning
from echogls.training.views import drawn
from echogls.training.views.examples import CLASSES, Examples, batch, network_input
from echogls.training.views.network import build_views

# How often a training image comes from a source; what is not named is re-arranged. By judgement:
# all real images are four-chamber, and more of them would make "real" mean that.
SHARES = {"simulated": 0.4, "real": 0.14, "drawn": 0.08, "rearranged": 0.38}


def kinds_of(examples: Examples) -> np.ndarray:
    """(N,) key of SHARES of each example."""
    named = {"simulated": "simulated", "real": "real"} | dict.fromkeys(drawn.KINDS, "drawn")
    return np.array([named.get(str(source), "rearranged") for source in examples.sources])


def counts_of(examples: Examples) -> dict[str, int]:
    """How many images there are of each kind."""
    kinds, counts = np.unique(kinds_of(examples), return_counts=True)
    return {str(kind): int(count) for kind, count in zip(kinds, counts, strict=True)}


def odds_of(examples: Examples) -> np.ndarray:
    """(N,) chance of each example: SHARES between the sources, and within them as they come;
    in the simulated and the real ones, all views alike often."""
    kinds = kinds_of(examples)
    odds = np.zeros(len(kinds))
    for kind, share in SHARES.items():
        of_kind = kinds == kind
        if not of_kind.any():
            continue
        weight = of_kind.astype(float)
        if kind == "real":
            for view in np.unique(examples.classes[of_kind]):
                # the few images of other views must not be learnt one by one
                of_view = of_kind & (examples.classes == view)
                weight[of_view] = np.sqrt(of_view.sum()) / of_view.sum()
        odds += share * weight / weight.sum()
    return odds / odds.sum()


def train(
    examples: Examples,
    held_out: Examples,
    folder: Path,
    *,
    steps: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    **how,
) -> keras.Model:
    """Train the classifier; `learning.fit` says what `folder` receives, and what else `how` is."""
    odds = odds_of(examples)
    return learning.fit(
        build_views,
        lambda step: batch(examples, odds, seed, step, batch_size),
        lambda model: accuracy(model, held_out),
        folder,
        loss="categorical_crossentropy",
        steps=steps,
        highest_rate=learning_rate,
        seed=seed,
        **how,
    )


def predicted(model: Callable, examples: Examples) -> np.ndarray:
    """(N, classes) probabilities of a Keras model, 64 images at a time."""
    parts = [
        np.asarray(model(network_input(examples.images[k : k + 64])))
        for k in range(0, len(examples.images), 64)
    ]
    return np.concatenate(parts)


def accuracy(model: keras.Model, held_out: Examples) -> dict[str, float]:
    """Share of right classes in each kind of source, and of four-chamber found and mistaken."""
    if not len(held_out.images):
        return {}
    right_view = CLASSES.index("a4c")
    guess = predicted(model, held_out).argmax(-1)
    kinds = kinds_of(held_out)
    shares = {
        f"accuracy_{kind}": float((guess == held_out.classes)[kinds == kind].mean())
        for kind in SHARES
        if (kinds == kind).any()
    }
    four = held_out.classes == right_view
    shares["a4c_found"] = float((guess[four] == right_view).mean()) if four.any() else 0.0
    shares["a4c_mistaken"] = float((guess[~four] == right_view).mean()) if (~four).any() else 0.0
    return shares
