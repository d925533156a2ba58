"""The words that the report uses and a reader may not know."""

from collections.abc import Mapping, Sequence

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.names import rater_name
from echogls.manuscript.text import method_words

WORDS = {
    "GLS": "global longitudinal strain: by how many percent the wall of the left ventricle, "
    "followed from annulus to annulus, shortens; signed, shortening negative",
    "difference, points": "method minus reference in percentage points of strain: +1 is one "
    "point less shortening",
    "bias": "the mean difference over patients",
    "limits of agreement": "bias ± 1.96 SD of the differences: between them 95 of 100 patients "
    "are expected",
    "CI": "confidence interval: of 95 % it holds the true value in 95 of 100 studies like this one",
    "MAE": "mean absolute difference",
    "SD": "standard deviation",
    "ICC(A,1)": "intraclass correlation of absolute agreement of single measurements, after "
    "McGraw and Wong; 1 is perfect",
    "CCC": "concordance correlation after Lin",
    "ED, ES": "end-diastole and end-systole",
    "flag": "something unusual about a measurement that was given, or why there is none",
    "typical": "the patient nearest to the mean difference",
}
READERS = "the average of the readers' first readings, of patients whom all of them read"
TRUTH = "the strain with which a simulated ventricle was made; of real patients nobody knows it"
CONTOURS = "strain of the outlines that an expert drew at ED and ES, without motion between them"


def glossary(config: Mapping, cohorts: Sequence[Cohort]) -> list[tuple[str, str]]:
    """Every method of the run, the references, and the words of the statistics."""
    entries = []
    for place, name in enumerate(config["methods"]):
        first = "the first method, of which figures and most tables are: " if not place else ""
        entries.append((rater_name(name), f"{first}{method_words(name, config)}"))
    if any(cohort.simulated for cohort in cohorts):
        entries.append(("truth", TRUTH))
    if any(len(cohort.readers) > 1 for cohort in cohorts):
        entries.append(("mean of readers", READERS))
    if any("contours" in cohort.readers for cohort in cohorts):
        entries.append(("contours", CONTOURS))
    return entries + list(WORDS.items())
