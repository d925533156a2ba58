"""Title, abstract, methods and results in words, from the config and the numbers of a run.

Works are cited as [@key] (citations), tables and figures by number; what only the authors know
stands in brackets.
"""

from collections.abc import Mapping, Sequence

from echogls.configuration import fusion_options
from echogls.manuscript import findings
from echogls.manuscript.evidence import Cohort
from echogls.manuscript.findings import in_words
from echogls.manuscript.published import paper
from echogls.manuscript.wording import (
    counted,
    definition_words,
    option_words,
    plain,
    rater_name,
    source_words,
)
from echogls.study import VIEWS, split_reasons

MOTIONS = {
    "refiner": "optical flow from local contrast, corrected by a trained network",
    "flownet2": "the FlowNet 2 stack of networks at reduced width [@ilg2017]",
    "dis": "dense inverse search optical flow [@kroeger2016]",
    "block_matching": "speckle tracking by normalised cross-correlation of blocks",
    "none": "nothing but the outline of each frame",
}
FUSIONS = {
    "material": (
        "material points that the motion moves along the wall and the outline holds across it, "
        "weighed by least squares over the whole clip"
    ),
    "flow": "none: the outline at end-diastole carried by the motion alone",
    "kalman": "a constant-acceleration Kalman filter of position and velocity at 120 points",
    "none": "none: each frame on its own",
}
SEED_OF_SETTINGS = 2018  # of the simulated patients by whom settings were chosen
NO_MARGIN = "no margin was set beforehand"
FEW_WORDS = (
    "With so few patients the intervals are wide, and limits of agreement mean little; these "
    "figures should not be generalised."
)
Places = Mapping[tuple[str, str], int]  # (cohort, figure) -> number of the figure


def title_text(cohorts: Sequence[Cohort]) -> str:
    """A title for the draft: what was compared with what, and whether patients are simulated."""
    cohort = next((one for one in cohorts if findings.main_pair(one)), None)
    if cohort is None:
        return "Automatic left-ventricular longitudinal strain: feasibility"
    reference, _ = findings.main_pair(cohort)
    against = {"truth": "known strain", "mean_of_readers": "human readers"}
    simulated = " in simulated patients" if cohort.simulated else ""
    return (
        "Agreement of automatic global longitudinal strain with "
        f"{against.get(reference, in_words(reference))}{simulated}"
    )


def abstract_text(
    config: Mapping, cohorts: Sequence[Cohort], numbers: Mapping[str, dict]
) -> list[tuple[str, str]]:
    """A structured abstract: (heading, text)."""
    methods, results = [], []
    for cohort in cohorts:
        patients = "simulated patients" if cohort.simulated else "patients"
        views = " and ".join(VIEWS[view] for view in config["cohorts"][cohort.name]["views"])
        methods.append(
            f"{counted(cohort.patients, patients)} ({cohort.name}), {views} view"
            f"{'s' if ' and ' in views else ''}."
        )
        results.append(findings.headline(cohort, numbers))
        results += [_reliability(cohort, numbers)] if findings.main_pair(cohort) else []
    methods.append(
        "GLS was measured automatically from segmentation and tracking, and compared by bias and "
        "limits of agreement."
    )
    return [
        ("Background", "[Authors: why automatic strain needs validation here.]"),
        ("Aims", "[Authors: the question, and the difference that would matter.]"),
        ("Methods", " ".join(methods)),
        ("Results", " ".join(filter(None, results))),
        ("Conclusion", "[Authors: what this means, and for whom.]"),
    ]


def methods_text(config: Mapping, cohorts: Sequence[Cohort]) -> list[str]:
    """Paragraphs of a Methods section; what only the authors know is named in brackets."""
    paragraphs = []
    for cohort in cohorts:
        settings = config["cohorts"][cohort.name]
        if cohort.simulated:
            paragraphs.append(
                f"Cohort {cohort.name}: {cohort.patients} simulated patients with known strain "
                "(scatterers moved with a beating heart, imaged by beam-space convolution), and "
                "simulated readers (table 1). Simulated data show how the method errs; they are no "
                "evidence about patients. A part of the networks' training images came from the "
                f"same simulator, with other seeds.{_chosen_by(settings)}"
            )
        else:
            paragraphs.append(
                f"Cohort {cohort.name}: {counted(cohort.patients, 'patients')}, measured on "
                f"{source_words(settings['format'])} (table 1). [Authors: setting, dates, "
                "eligibility, consent and ethics.]"
            )
    views = sorted({VIEWS[v] for c in cohorts for v in config["cohorts"][c.name]["views"]})
    ingest = config["ingest"]
    paragraphs.append(
        f"Views measured: {', '.join(views)}. Clips with fewer than {ingest['min_frames']} frames "
        f"or less than {ingest['min_fps']} frames a second were excluded; every exclusion is "
        "listed with its reason (table 6)."
    )
    paragraphs.append(
        "The pipeline follows a published one [@ostvik2018]: choice of the clip by a classifier, "
        "segmentation of the wall by a U-Net [@ronneberger2015] trained on CAMUS [@leclerc2019] "
        "and simulated images, motion, fusion of both, and strain along the wall. "
        + " ".join(_method(name, config) for name in config["methods"])
    )
    for cohort in cohorts:
        rows = cohort.tables["measurements"]
        stills = {row["patient"] for row in rows if "ed_es_only" in split_reasons(row["reason"])}
        if stills:
            paragraphs.append(
                f"In cohort {cohort.name}, {counted(len(stills), 'recordings')} of two still "
                "frames (ED and ES) could not be followed: strain is from the outlines alone."
            )
    strain = definition_words(config["strain"])
    paragraphs.append(
        "Longitudinal strain is Lagrangian strain of the midwall line from annulus to annulus, in "
        f"signed percent; GLS is the {strain['gls']} value. End-diastole: {strain['ed']}; "
        f"end-systole: {strain['es']}; drift {strain['drift']}."
    )
    agreement = config["agreement"]
    margin = agreement["margin"]
    tested = (
        f"two one-sided tests [@schuirmann1987], margin {margin:g} points" if margin else NO_MARGIN
    )
    paragraphs.append(
        "Agreement was described by bias and limits of agreement [@blandaltman1986; "
        f"@blandaltman1999] at {agreement['multiplier']} SD with exact "
        f"{100 * agreement['confidence']:g} % intervals [@carkeet2015], the intraclass "
        "correlation of absolute agreement [@mcgraw1996] and Lin's concordance [@lin1989]; a "
        "difference is method minus reference. Of repeated readings the first was compared. "
        "Proportional bias is the slope of the differences on the truth where that is known, else "
        "on the means, weighted by how much either errs. Equivalence: "
        f"{tested}. p values of several methods were corrected after Holm [@holm1979]."
    )
    return paragraphs


def results_text(
    cohorts: Sequence[Cohort], numbers: Mapping[str, dict], places: Places | None = None
) -> list[str]:
    """Paragraphs of a Results section; every figure is one of numbers.yaml.

    The study's first method is told against every reference, the others against the best one.
    `places` : numbers of figures, to point at them.
    """
    places = places or {}
    paragraphs = []
    for cohort in cohorts:
        paragraphs.append(_measured(cohort, numbers))
        pair = findings.main_pair(cohort)
        if pair is None:
            paragraphs[-1] += " No reference GLS was available, so agreement was not assessed."
            continue
        n = len(cohort.pairs(*pair))
        if n < findings.FEWEST_FOR_AGREEMENT:
            who = f"{rater_name(pair[1])} and {in_words(pair[0])}"
            paragraphs[-1] += (
                f" {counted(n, 'patients')} measured by both {who}: too few to assess agreement."
            )
            continue
        sentences = [
            _compared(cohort, numbers, key, _figure(places, cohort, "agreement"))
            for key in findings.pairs_in_order(cohort)
            if key[2] == cohort.primary and key[0].startswith("method_")
        ]
        if n < findings.FEWEST_FOR_LIMITS:
            sentences.append(FEW_WORDS)
        paragraphs.append(" ".join(filter(None, sentences)))
        paragraphs += _segments(cohort, numbers, places)
        paragraphs += _others(cohort, numbers)
        paragraphs += _readers(cohort, numbers, places)
    theirs = paper()
    paragraphs.append(
        f"For comparison, the authors of the pipeline [@ostvik2018] reported in "
        f"{theirs['patients']} patients (other data, real recordings) a bias of "
        f"{numbers['paper.bias']['text']} points (method minus reference) and an SD of "
        f"{numbers['paper.sd']['text']} points."
    )
    return paragraphs


def _chosen_by(settings):
    """What a reader must know of patients by whom settings were chosen."""
    if settings["simulation"]["seed"] != SEED_OF_SETTINGS:
        return ""
    return (
        f" Settings of the fusion were chosen on simulated patients of the same seed "
        f"({SEED_OF_SETTINGS}), so agreement with their truth may be optimistic."
    )


def limits_text() -> list[str]:
    """What a Limitations section has to say, for the authors to write."""
    return [
        "[Authors: limitations. How patients were chosen, and whom they stand for; readers and "
        "their blinding; vendors and frame rates; what simulated patients cannot tell; the part of "
        "the networks' training data in this comparison.]"
    ]


def _method(name, config):
    return f"Method {rater_name(name)}: {method_words(name, config)}."


def method_words(name: str, config: Mapping) -> str:
    """What a method consists of."""
    parts = config["methods"][name]
    motion, fusion = parts["motion"], parts["fusion"]
    motion = MOTIONS.get(motion, f"the estimator {plain(motion)}")
    fusion = FUSIONS.get(fusion, f"the fusion {plain(fusion)}")
    options = option_words(fusion_options(config, name))
    fusion += f" ({options})" if options else ""
    network = plain(parts["segmentation"])
    return f"wall by the network {network}; motion by {motion}; fusion: {fusion}"


def _measured(cohort, numbers):
    """How many patients each method measured, and their GLS."""
    parts = []
    for method in cohort.methods:
        n = numbers.get(f"{cohort.name}.measured.{method}", {}).get("text", "0")
        mean, sd = (numbers.get(f"{cohort.name}.gls.{method}.{key}") for key in ("mean", "sd"))
        details = [f"{mean['text']}{' ± ' + sd['text'] if sd else ''} %"] if mean else []
        flagged = numbers.get(f"{cohort.name}.flagged.{method}", {}).get("text", "0")
        details += [f"{flagged} flagged as possibly wrong"] if flagged != "0" else []
        parts.append(
            f"{n} by {rater_name(method)}" + (f" ({'; '.join(details)})" if details else "")
        )
    return (
        f"In cohort {cohort.label}, of {counted(cohort.patients, 'patients')} GLS was measured in "
        f"{_listed(parts)} (tables 1 and 5)."
    )


def _compared(cohort, numbers, key, figure=""):
    """One pair as a sentence or three."""
    _, one, two = key
    name = f"{cohort.name}.{one}.{two}"
    bias, sd = numbers.get(f"{name}.bias"), numbers.get(f"{name}.sd")
    if not bias or not sd or "ci" not in bias:
        return ""
    main = (one, two) == findings.main_pair(cohort)
    table = 5 if two in cohort.methods[1:] else 2
    where = f" (table {table}{', ' + figure if main and figure else ''})"
    sentence = (
        f"Compared with {in_words(one)}, {rater_name(two)} had a bias of {bias['text']} points "
        f"({cohort.ci} {bias['ci']}; SD {sd['text']}; n = {bias['n']})"
    )
    low, high = (numbers.get(f"{name}.loa_{end}") for end in ("lower", "upper"))
    rows = findings.statistics_of(cohort, one, two)
    if not findings.limits_shown(rows, bias["n"]) or not low or not high:
        return f"{sentence}{where}."
    ends = [
        f"{end['text']} ({cohort.ci} {end['ci']})" if "ci" in end else end["text"]
        for end in (low, high)
    ]
    sentence += f" and limits of agreement of {' to '.join(ends)} points{where}"
    out = numbers[f"{name}.outside"]
    if out["value"]:
        verb = "lies" if out["value"] == 1 else "lie"
        sentence += (
            f"; {out['text']} of {out['n']} patients ({', '.join(out['patients'])}) {verb} outside"
        )
    else:
        sentence += "; no patient lies outside"
    sentence += f". {_checks(name, numbers, every=main)}"
    if main:
        sentence += f" {_reliability(cohort, numbers)}"
    return sentence.strip()


# What limits of agreement assume: statistic -> the test, and what it found and did not find.
CHECKS = {
    "proportional_p": (
        "t test of the slope",
        "the difference depends on the magnitude of strain",
        "no trend of the difference with the magnitude of strain was found",
    ),
    "breusch_pagan_p": (
        "Breusch-Pagan test",
        "the spread of the differences depends on the magnitude of strain",
        "no trend of their spread was found",
    ),
    "shapiro_wilk_p": (
        "Shapiro-Wilk test",
        "differences are not normally distributed",
        "no departure of the differences from a normal distribution was found",
    ),
}


def _checks(name, numbers, *, every):
    """What the checks of the limits' assumptions found; `every`: what they did not, too."""
    results = []
    for statistic, (test, trend, none) in CHECKS.items():
        p = numbers.get(f"{name}.{statistic}")
        if p is None or not (every or p["value"] < findings.SIGNIFICANT):
            continue
        slope = numbers.get(f"{name}.proportional_slope")
        size = f"slope {slope['text']} per point, " if statistic == "proportional_p" else ""
        words = trend if p["value"] < findings.SIGNIFICANT else none
        results.append(f"{words} ({test}, {size}p {_equals(p['text'])})")
    sentence = "; ".join(results)
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""


def _reliability(cohort, numbers):
    """Intraclass correlation of the pair that is told first."""
    icc = numbers.get(f"{cohort.name}.{'.'.join(findings.main_pair(cohort))}.icc_a1")
    if not icc or "ci" not in icc or icc["n"] < findings.FEWEST_FOR_LIMITS:
        return ""
    return f"ICC(A,1) was {icc['text']} ({cohort.ci} {icc['ci']})."


def _segments(cohort, numbers, places):
    """Segments whose bias has an interval without zero."""
    named = []
    for segment, _, rows in cohort.segments():
        if findings.biased(rows) and int(rows["bias"]["n"]) >= findings.FEWEST_FOR_LIMITS:
            bias = numbers[f"{cohort.name}.segment.{segment}.bias"]
            named.append(f"{plain(segment)} ({bias['text']} points, {cohort.ci} {bias['ci']})")
    if not named:
        return []
    figure = _figure(places, cohort, "segments")
    return [
        f"Of the segments, {_listed(named)} had a mean difference from the reference whose "
        f"interval excludes zero, not corrected for the number of segments (table 7"
        f"{', ' + figure if figure else ''})."
    ]


def _others(cohort, numbers):
    """Further methods against the reference that the first is told by, and their errors."""
    sentences = []
    for key in findings.pairs_in_order(cohort):
        reference = findings.main_pair(cohort)[0]
        if key[1] != reference or key[2] not in cohort.methods[1:]:
            continue
        sentences.append(_compared(cohort, numbers, key))
        name = f"{cohort.name}.{cohort.primary}.{key[2]}.errors"
        more, p = numbers.get(f"{name}.mae_difference"), numbers.get(f"{name}.p")
        test = "paired t test, Holm" if len(cohort.methods) > 2 else "paired t test"
        if more and p and "ci" in more and more["n"] >= findings.FEWEST_FOR_LIMITS:
            sentences.append(
                f"Its absolute errors differed from those of {rater_name(cohort.primary)} by "
                f"{more['text']} points on average ({cohort.ci} {more['ci']}, "
                f"{test}, p {_equals(p['text'])}; table 5)."
            )
    return [" ".join(filter(None, sentences))] if any(sentences) else []


def _readers(cohort, numbers, places):
    sentences = [
        _compared(cohort, numbers, key)
        for key in findings.pairs_in_order(cohort)
        if key[0] in ("reader_reader", "reader_truth")
    ]
    if not any(sentences):
        return []
    figure = _figure(places, cohort, "readers")
    head = f"Interobserver variability is given in table 3{' and ' + figure if figure else ''}."
    return [" ".join([head, *filter(None, sentences)])]


def _figure(places, cohort, name):
    number = places.get((cohort.name, name))
    return f"figure {number}" if number else ""


def _listed(words):
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _equals(p):
    return p if p.startswith("<") else f"= {p}"
