"""How raters, stages and reasons are called in print."""

WORDS = {"mean_of_readers": "mean of readers", "readers": "all readers", "truth": "truth"}
STAGES = {
    "enrolment": "enrolment",
    "ingest": "reading the file",
    "classify_view": "choice of clip",
    "strain": "measurement",
    "read_readers": "reading",
    "agreement": "comparison",
}


def rater_name(rater: str) -> str:
    """A rater as printed: its own name, but for the words of the study's vocabulary."""
    return WORDS.get(rater, rater)


def plain(code: str) -> str:
    """A code as words: no_whole_systole -> no whole systole."""
    return code.replace("_", " ")
