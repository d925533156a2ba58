"""What a cohort's results come to: the pair that is named first, the patients behind it, and who
lies outside the limits. It compares and orders; every statistic is a row of agreement.tsv."""

from collections.abc import Mapping, Sequence

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.rounding import number
from echogls.manuscript.wording import counted, rater_name
from echogls.study import REASONS, UNTOLD, headline_view, split_reasons

# By judgement: the interval of a limit of 10 patients is 2.6 SD wide (Carkeet 2015).
FEWEST_FOR_LIMITS = 10  # patients; with fewer, limits say next to nothing
FEWEST_FOR_AGREEMENT = 3  # with fewer, there is no spread to speak of
SIGNIFICANT = 0.05  # by convention
NAMED = 20  # patients outside the limits whose names are printed, the farthest ones
LIMITS = ("loa_lower", "loa_upper")
# Comparisons of the menu of pairs, as they are told.
PAIRS = ("method_truth", "method_mean", "method_reader", "reader_truth", "reader_reader")
PAIRS += ("method_method",)
REFERENCES = {"truth": "the truth", "mean_of_readers": "the mean of readers"}


def in_words(rater: str) -> str:
    """A rater within a sentence.

    Example
    -------
    >>> in_words("truth"), in_words("reader_1")
    ('the truth', 'reader 1')
    """
    return REFERENCES.get(rater, rater_name(rater))


def main_pair(cohort: Cohort) -> tuple[str, str] | None:
    """Reference and method that a cohort is told by: the first method against the truth, else
    the mean of readers, else a reader; None where there is nobody to compare with."""
    reference = cohort.reference_of(cohort.primary)
    return (reference, cohort.primary) if reference else None


def pairs_in_order(cohort: Cohort) -> list[tuple[str, str, str]]:
    """(comparison, rater_1, rater_2) of all pairs with patients in common, the one that is told
    first in front."""
    order = {name: place for place, name in enumerate((*cohort.methods, *cohort.readers))}
    pairs = [key for key in cohort.statistics() if key[0] in PAIRS and cohort.pairs(*key[1:])]
    main = main_pair(cohort)
    return sorted(
        pairs,
        key=lambda key: (
            key[1:] != main,
            PAIRS.index(key[0]),
            order.get(key[2], 99),
            order.get(key[1], 99),
        ),
    )


def statistics_of(cohort: Cohort, one: str, two: str) -> dict[str, dict]:
    """statistic -> row of agreement.tsv of one pair; empty where they are not compared."""
    pairs = cohort.statistics().items()
    return next((rows for key, rows in pairs if key[0] in PAIRS and key[1:] == (one, two)), {})


def levels(pairs: Sequence[dict]) -> tuple[list[float], str]:
    """What differences of one pair of raters are shown over, and what that is, as an axis says:
    the truth, which does not err, else the mean of both, weighted where one errs less."""
    places = [float(row["level"]) for row in pairs]
    if pairs and pairs[0]["comparison"].endswith("_truth"):
        return places, f"{rater_name(pairs[0]['rater_1'])}, GLS (%)"
    plain = all(abs(x - float(row["mean"])) < 1e-9 for x, row in zip(places, pairs, strict=True))
    return places, "mean of both, GLS (%)" if plain else "weighted mean of both, GLS (%)"


def limits_shown(rows: Mapping[str, dict], n: int) -> bool:
    """Whether limits of agreement of n patients are computed and worth telling."""
    return n >= FEWEST_FOR_LIMITS and all(rows.get(name, {}).get("estimate") for name in LIMITS)


def outside(cohort: Cohort, one: str, two: str) -> list[str]:
    """Patients whose difference lies outside the limits of agreement, farthest first."""
    rows = statistics_of(cohort, one, two)
    pairs = cohort.pairs(one, two)
    if not limits_shown(rows, len(pairs)):
        return []
    low, high = (float(rows[name]["estimate"]) for name in LIMITS)
    middle = (low + high) / 2
    away = {row["patient"]: float(row["difference"]) for row in pairs}
    beyond = [patient for patient, value in away.items() if not low <= value <= high]
    return sorted(beyond, key=lambda patient: -abs(away[patient] - middle))


def outside_words(cohort: Cohort, one: str, two: str) -> str:
    """How many patients lie outside the limits, and which."""
    names = outside(cohort, one, two)
    n = len(cohort.pairs(one, two))
    if not limits_shown(statistics_of(cohort, one, two), n):
        return f"{counted(n, 'patients')}, too few for limits of agreement"
    if not names:
        return f"none of {n} outside the limits"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(names)} of {n} outside the limits ({', '.join(names[:NAMED])}{more})"


def typical_and_farthest(pairs: Sequence[dict]) -> tuple[str, str]:
    """Of rows of pairs.tsv the patient nearest to the mean difference, and the one farthest from
    no difference.

    Example
    -------
    >>> typical_and_farthest([{"patient": f"p{k}", "difference": d} for k, d in
    ...                       enumerate(("1", "-4", "0"))])
    ('p2', 'p1')
    """
    mean = sum(float(row["difference"]) for row in pairs) / len(pairs)
    typical = min(pairs, key=lambda row: abs(float(row["difference"]) - mean))
    farthest = max(pairs, key=lambda row: abs(float(row["difference"])))
    return typical["patient"], farthest["patient"]


def proportional(rows: Mapping[str, dict]) -> bool:
    """Whether the difference goes with the level: the slope's p value is under SIGNIFICANT."""
    p = rows.get("proportional_p", {}).get("estimate")
    return bool(p) and float(p) < SIGNIFICANT


def biased(rows: Mapping[str, dict]) -> bool:
    """Whether the interval of the bias leaves zero out."""
    ends = [rows.get("bias", {}).get(name) for name in ("ci_low", "ci_high")]
    return all(ends) and float(ends[0]) * float(ends[1]) > 0


def patients(cohort: Cohort) -> list[str]:
    """Every patient of whom anything is said, in the tables' order."""
    rows = (*cohort.tables["measurements"], *cohort.tables["readers"])
    return list(dict.fromkeys(row["patient"] for row in rows))


def gls_by_rater(cohort: Cohort) -> dict[str, dict[str, str]]:
    """rater -> patient -> GLS in full precision; of repeated readings the first. Methods, then
    the truth, then readers."""
    order = dict.fromkeys((*cohort.methods, "truth", *cohort.readers))
    by_rater: dict[str, dict[str, str]] = {name: {} for name in order}
    for name in ("measurements", "readers"):
        rows = [
            row
            for row in cohort.tables[name]
            if (row["measure"], row["segment"], row["status"]) == ("gls", "global", "ok")
        ]
        view = headline_view(rows)
        for row in rows:
            if row["view"] == view and row["value"]:
                by_rater.setdefault(row["rater"], {}).setdefault(row["patient"], row["value"])
    return {name: values for name, values in by_rater.items() if values}


def flags(cohort: Cohort) -> dict[str, list[str]]:
    """patient -> codes (study.REASONS) that rows of the first method carry: why it was left out,
    or what is unusual about what was measured."""
    by_patient: dict[str, dict[str, None]] = {}
    for row in cohort.tables["measurements"]:
        untold = row["status"] != "ok" and row["reason"] in UNTOLD
        if row["rater"] == cohort.primary and not untold:
            codes = by_patient.setdefault(row["patient"], {})
            codes.update(dict.fromkeys(split_reasons(row["reason"])))
    return {patient: list(codes) for patient, codes in by_patient.items()}


def flag_meaning(code: str) -> str:
    """What a flag says, in a sentence."""
    return REASONS.get(code, "")


def headline(cohort: Cohort, numbers: Mapping[str, dict]) -> str:
    """One sentence: method, how many patients, bias with its interval, limits."""
    simulated = "simulated " if cohort.simulated else ""
    method = f"GLS by {rater_name(cohort.primary)}"
    pair = main_pair(cohort)
    key = f"{cohort.name}.{'.'.join(pair)}" if pair else ""
    if pair is None:
        n = numbers.get(f"{cohort.name}.measured.{cohort.primary}", {}).get("text", "0")
        all_of = counted(cohort.patients, f"{simulated}patients")
        return f"{method} was measured in {n} of {all_of}; no reference GLS was available."
    n = len(cohort.pairs(*pair))
    people = counted(n, f"{simulated}patients")
    bias = numbers.get(f"{key}.bias")
    if n < FEWEST_FOR_AGREEMENT or not bias or "ci" not in bias:
        both = f"{method} and {in_words(pair[0])} are both known in {people}"
        return f"{both}: too few to assess agreement."
    sentence = (
        f"In {people}, {method} differed from {in_words(pair[0])} by {bias['text']} points on "
        f"average ({cohort.ci} {bias['ci']})"
    )
    low, high = (numbers.get(f"{key}.loa_{end}") for end in ("lower", "upper"))
    if n < FEWEST_FOR_LIMITS or not low or not high:
        return f"{sentence}; too few for limits of agreement."
    return f"{sentence}, with limits of agreement of {low['text']} to {high['text']}."


def cards(cohort: Cohort, numbers: Mapping[str, dict]) -> list[dict]:
    """Every method against the truth and the mean of readers, and every reader against the
    truth: dicts with title, value, interval, limits, n."""
    shown = []
    for kind, one, two in pairs_in_order(cohort):
        key = f"{cohort.name}.{one}.{two}"
        bias = numbers.get(f"{key}.bias")
        if kind not in ("method_truth", "method_mean", "reader_truth") or not bias:
            continue
        low, high = (numbers.get(f"{key}.loa_{end}") for end in ("lower", "upper"))
        few = bias["n"] < FEWEST_FOR_LIMITS or not low or not high
        shown.append(
            {
                "title": f"{rater_name(two)} \N{MINUS SIGN} {rater_name(one)}",
                "value": bias["text"],
                "interval": f"{cohort.ci} {bias['ci']}" if "ci" in bias else "",
                "limits": "too few for limits"
                if few
                else f"limits {low['text']} to {high['text']}",
                "n": bias["n"],
            }
        )
    return shown


def spoken(values: Mapping[str, str], rater: str, patient: str) -> str:
    """A rater's GLS of a patient as printed, with its unit; "" where there is none."""
    value = values.get(patient, "")
    return f"{rater_name(rater)} {number(value)} %" if value else ""
