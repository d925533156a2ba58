"""The names that a config may use: of formats, networks, estimators, fusions and rules."""

from pathlib import Path

from echogls import cohorts, fusion, motion, runtime
from echogls.study import ED_RULES, ES_RULES


def known_names(models: Path) -> dict[str, list[str]]:
    """Kind (the schema's keyword `known`) -> names.

    models : the folder of models.yaml.
    """
    return {
        "format": cohorts.source_formats(),
        "segmentation": runtime.model_names(models),
        "views": runtime.model_names(models, "views"),
        "motion": [*motion.names(), "none"],
        "fusion": fusion.methods(),
        "ed_rule": list(ED_RULES),
        "es_rule": list(ES_RULES),
    }


def known_options(kind: str, name: str) -> list[str]:
    """Names of the options of an estimator (kind "motion") or a fusion (kind "fusion")."""
    if (kind, name) == ("motion", "none"):
        return []
    return {"motion": motion, "fusion": fusion}[kind].known_options(name)
