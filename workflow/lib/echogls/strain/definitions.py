"""The same wall, measured under every combination of strain definitions (Voigt et al. 2015)."""

from collections.abc import Mapping, Sequence
from itertools import product

from echogls.fusion.fused import Fused
from echogls.segmentation.clip import Segmentation
from echogls.strain.cycle import rules_of
from echogls.strain.definition_names import KEYS, MIDWALL, definition_name
from echogls.strain.doubts import Judgement
from echogls.strain.layers import LAYERS, layer_line
from echogls.strain.patient import measure_patient
from echogls.study import AVERAGE_VIEW, ES_RULES, GLS_RULES

COLUMNS = ("definition", *KEYS, "changed", "view", "value", "flagged", "reason")
METHOD_COLUMNS = ("method", *COLUMNS)
# Rules for ED and for ES; where the wall's length has no lowest point the cavity decides.
STARTS = (("r_wave", "area"), ("area",))
ENDS = tuple((rule, "area") if rule == "strain" else (rule,) for rule in ES_RULES)
DRIFTS = ("none", "linear")


def vary_definitions(
    *,
    settings: Mapping[str, object],
    quality: Sequence[dict],
    walls: Mapping[str, Segmentation],
    fused: Mapping[str, Fused],
    **patient: object,
) -> list[dict]:
    """GLS of a patient by one method under each definition: rows with COLUMNS.

    Parameters
    ----------
    settings : config section `strain`, the study's own definition (of the midwall).
    quality : the patient's rows of quality.tsv; a view with a flagged frame is `flagged` "yes", as
        is one that has a doubt (study.DOUBTS) under the study's own definition, and with them the
        average over views.
    walls, fused, patient : the arguments of `measure_patient`.

    Returns
    -------
    A row a definition and view, the study's own first; `changed` names the KEYS in which it
    differs from that. Where it cannot be measured the value is empty and the reason is given.
    """
    judged: dict[str, Judgement] = {}
    measure_patient(**patient, walls=walls, fused=fused, judged=judged, **settings)
    flags = {row["view"] for row in quality if row["flag"]}
    flags |= {view for view, judgement in judged.items() if judgement.reason}
    own = (*(settings[key] for key in KEYS[:-1]), MIDWALL)
    own = (own[0], tuple(own[1]), rules_of(own[2]), *own[3:])
    ed_rules, es_rules = (
        dict.fromkeys((own[k], *alternatives)) for k, alternatives in ((1, STARTS), (2, ENDS))
    )
    choices = (GLS_RULES, ed_rules, es_rules, DRIFTS, LAYERS)
    followed = {
        layer: {clip: layer_line(line, walls[clip], layer) for clip, line in fused.items()}
        for layer in LAYERS
    }
    rows = []
    for chosen in sorted(product(*choices), key=lambda one: _distance(one, own)):
        rules = dict(zip(KEYS[:-1], chosen[:-1], strict=True))
        _, measured = measure_patient(**patient, walls=walls, fused=followed[chosen[-1]], **rules)
        changed = " ".join(k for k, a, b in zip(KEYS, chosen, own, strict=True) if a != b)
        written = (chosen[0], " ".join(chosen[1]), " ".join(chosen[2]), *chosen[3:])
        name = definition_name(dict(zip(KEYS, written, strict=True)))
        head = (name, *written, changed)
        for row in measured:
            first = row["measure"] == "gls" and row["segment"] == "global" and row["repeat"] == 1
            if first:
                doubtful = flags if row["view"] == AVERAGE_VIEW else flags & {row["view"]}
                flagged = "yes" if doubtful else "no"
                values = (*head, row["view"], row["value"], flagged, row["reason"])
                rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def vary_by_method(
    *,
    methods: Mapping[str, Mapping[str, str]],
    quality: Mapping[str, Sequence[dict]],
    walls: Mapping[str, Mapping[str, Segmentation]],
    fused: Mapping[str, Mapping[str, Fused]],
    **patient: object,
) -> list[dict]:
    """`vary_definitions` of every method: rows with METHOD_COLUMNS.

    Parameters
    ----------
    methods : name -> its parts, as in config.
    quality, walls : by the methods' segmentation.
    fused : by method.
    patient : the other arguments of `vary_definitions`.
    """
    return [
        {"method": method} | row
        for method, parts in methods.items()
        for row in vary_definitions(
            quality=quality[parts["segmentation"]],
            walls=walls[parts["segmentation"]],
            fused=fused[method],
            **patient,
        )
    ]


def _distance(chosen, own):
    """In how many keys two definitions differ; equal ones keep their order."""
    return sum(a != b for a, b in zip(chosen, own, strict=True))
