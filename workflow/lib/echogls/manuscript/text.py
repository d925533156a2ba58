"""Methods and results in words, from the config and the numbers of a run."""

from collections.abc import Mapping, Sequence

from echogls.configuration import fusion_options
from echogls.manuscript.evidence import Cohort
from echogls.manuscript.names import rater_name
from echogls.manuscript.published import paper
from echogls.strain.cycle import rules_of
from echogls.study import ES_RULES, VIEWS, split_reasons

MOTIONS = {
    "refiner": "optical flow from local contrast, corrected by a trained network",
    "flownet2": "the FlowNet 2 stack of networks (Ilg et al. 2017) at reduced width",
    "dis": "dense inverse search optical flow (OpenCV)",
    "block_matching": "speckle tracking by normalised cross-correlation of blocks",
    "none": "nothing but the outline of each frame",
}
FUSIONS = {
    "material": (
        "material points that the motion moves along the wall and the outline holds across it, "
        "Kalman filter and Rauch-Tung-Striebel smoother"
    ),
    "flow": "none: the outline at end-diastole carried by the motion alone",
    "kalman": "a constant-acceleration Kalman filter of position and velocity at 120 points",
    "none": "none: each frame on its own",
}
NO_MARGIN = "no margin was set beforehand"
REFERENCES = {
    "method_mean": "the mean of the readers",
    "method_truth": "the known strain",
}


def methods_text(config: Mapping, cohorts: Sequence[Cohort]) -> list[str]:
    """Paragraphs of a Methods section; what only the authors know is named in brackets."""
    paragraphs = []
    for cohort in cohorts:
        settings = config["cohorts"][cohort.name]
        if cohort.simulated:
            paragraphs.append(
                f"Cohort {cohort.name}: {cohort.patients} simulated patients with known strain "
                "(scatterers moved with a beating heart, imaged by beam-space convolution), and "
                "simulated readers. Simulated data tell how the method errs, not how patients are."
            )
        else:
            paragraphs.append(
                f"Cohort {cohort.name}: {_count(cohort.patients, 'patient')}, source format "
                f"{settings['format']}. [Authors: setting, dates, eligibility, consent and ethics.]"
            )
    views = sorted({VIEWS[v] for c in cohorts for v in config["cohorts"][c.name]["views"]})
    ingest = config["ingest"]
    paragraphs.append(
        f"Views measured: {', '.join(views)}. Clips with fewer than {ingest['min_frames']} frames "
        f"or less than {ingest['min_fps']} frames a second were excluded; every exclusion is "
        "listed with its reason."
    )
    paragraphs.append(" ".join(_method(name, config) for name in config["methods"]))
    for cohort in cohorts:
        rows = cohort.tables["measurements"]
        stills = {row["patient"] for row in rows if "ed_es_only" in split_reasons(row["reason"])}
        if stills:
            paragraphs.append(
                f"In cohort {cohort.name}, {_count(len(stills), 'recording')} of two still frames "
                "(ED and ES) could not be followed and were measured on their outlines alone."
            )
    strain = config["strain"]
    rules = ", else ".join(rule.replace("r_wave", "R wave") for rule in strain["ed_rule"])
    ends = ", else ".join(f"smallest {ES_RULES[rule]}" for rule in rules_of(strain["es_rule"]))
    drift = "closed linearly over the beat" if strain["drift"] == "linear" else "not corrected"
    paragraphs.append(
        "Longitudinal strain is Lagrangian strain of the midwall line from annulus to annulus, in "
        f"signed percent; GLS is the {strain['gls'].replace('_', ' ')} value. End-diastole: "
        f"{rules}; end-systole: {ends}; drift {drift}."
    )
    agreement = config["agreement"]
    margin = agreement["margin"]
    tested = f"two one-sided tests, margin {margin:g} points" if margin else NO_MARGIN
    paragraphs.append(
        "Agreement: bias and limits of agreement (Bland and Altman 1986, 1999; limits at "
        f"{agreement['multiplier']} SD, exact intervals at {100 * agreement['confidence']:g} %), "
        "intraclass correlation after McGraw and Wong, Lin's concordance; of repeated readings "
        f"the first is compared. Equivalence: {tested}. p values of several methods are corrected "
        "after Holm. A difference is method minus reference."
    )
    return paragraphs


def results_text(cohorts: Sequence[Cohort], numbers: Mapping[str, dict]) -> list[str]:
    """Paragraphs of a Results section; every figure is one of numbers.yaml.

    The study's first method is told against every reference, the others against the best one.
    """
    paragraphs = []
    for cohort in cohorts:
        for method in cohort.methods:
            told = [_measured(cohort, method, numbers)]
            best = cohort.best_reference("pairs", method)
            for kind, one, two in cohort.statistics():
                shown = method == cohort.primary or one == best
                if two == method and kind in ("method_mean", "method_reader", "method_truth"):
                    words = REFERENCES.get(kind, rater_name(one))
                    told += _compared(numbers, f"{cohort.name}.{one}.{two}", words) if shown else []
            if method == cohort.primary:
                paragraphs.append(" ".join([f"Cohort {cohort.label}.", *told]))
            elif method == cohort.methods[1]:
                paragraphs.append(" ".join([f"Cohort {cohort.label}, other methods.", *told]))
            else:
                paragraphs[-1] += " " + " ".join(told)
        between = []
        for kind, one, two in cohort.statistics():
            if kind == "reader_reader":
                words = f"{rater_name(one)}, by {rater_name(two)},"
                between += _compared(numbers, f"{cohort.name}.{one}.{two}", words)
        if between:
            paragraphs.append(f"Cohort {cohort.label}, between readers. {' '.join(between)}")
    theirs = paper()
    paragraphs.append(
        f"For comparison, {theirs['label']}: bias {numbers['paper.bias']['text']} points (method "
        f"minus reference), SD {numbers['paper.sd']['text']}."
    )
    return paragraphs


def _method(name, config):
    parts = config["methods"][name]
    motion, fusion = parts["motion"], parts["fusion"]
    motion = MOTIONS.get(motion, f"the estimator {motion}")
    fusion = FUSIONS.get(fusion, f"the fusion {fusion}")
    options = [f"{key} {value}" for key, value in fusion_options(config, name).items()]
    fusion += f" (with {', '.join(options)})" if options else ""
    return (
        f"Method {rater_name(name)}: wall by the network {parts['segmentation']}; motion by "
        f"{motion}; fusion: {fusion}."
    )


def _measured(cohort, method, numbers):
    """How many patients a method measured, and their GLS."""
    name = cohort.name
    n = numbers.get(f"{name}.measured.{method}", {}).get("text", "0")
    words = f"Method {rater_name(method)} measured {n} of {cohort.patients}"
    told = [f"{words} {'patient' if cohort.patients == 1 else 'patients'}."]
    flagged = numbers.get(f"{name}.flagged.{method}", {}).get("text", "0")
    if flagged != "0":
        were = "was" if flagged == "1" else "were"
        told.append(f"Of these, {flagged} {were} flagged as possibly wrong.")
    mean, sd = (numbers.get(f"{name}.gls.{method}.{key}") for key in ("mean", "sd"))
    if mean:
        told.append(f"Its GLS was {mean['text']}{' ± ' + sd['text'] if sd else ''} %.")
    return " ".join(told)


def _compared(numbers, key, words):
    bias, sd = numbers.get(f"{key}.bias"), numbers.get(f"{key}.sd")
    if not bias or not sd:
        return []
    low, high = (numbers.get(f"{key}.loa_{end}") for end in ("lower", "upper"))
    limits = f", limits of agreement {low['text']} to {high['text']}" if low and high else ""
    return [
        f"Against {words} the bias was {bias['interval']} points, SD {sd['text']}{limits} "
        f"(n = {bias['n']})."
    ]


def _count(n, word):
    return f"{n} {word}" if n == 1 else f"{n} {word}s"
