"""Which of one patient's clips are measured: the networks look at them, and the best is chosen."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from echogls import runtime
from echogls.cine import Cine
from echogls.views.opinion import form_opinions
from echogls.views.selection import choose_clips


def classify_patient(
    clips: list[dict],
    cines: Mapping[str, Cine],
    *,
    models: Path,
    settings: Mapping[str, object],
    wanted: Sequence[str],
    overrides: Sequence[Mapping[str, str]] = (),
    trust_stated: bool = True,
    repeats: str = "best",
    workers: int = 1,
) -> list[dict]:
    """Rows of views.tsv (selection.COLUMNS), one a usable clip.

    Parameters
    ----------
    clips, cines : rows of clips.tsv as text, and the usable ones' cines.
    models : the folder of models.yaml.
    settings : section `classify_view` of the config.
    wanted, overrides, trust_stated, repeats : see `choose_clips`.
    workers : frames at a time; the result does not depend on it.
    """
    classifier, segmenter = (
        runtime.load_graph(runtime.shipped_model(models, settings[key]), threads=1)
        for key in ("network", "segmentation")
    )
    opinions = form_opinions(
        cines,
        classifier,
        segmenter,
        temperature=runtime.model_facts(models, settings["network"])["temperature"],
        wanted=wanted,
        workers=workers,
    )
    return choose_clips(
        clips,
        wanted,
        opinions,
        threshold=settings["threshold"],
        overrides=overrides,
        trust_stated=trust_stated,
        repeats=repeats,
    )
