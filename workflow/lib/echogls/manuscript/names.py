"""How raters, stages, jobs and reasons are called in print."""

WORDS = {"readers": "all readers"}
STAGES = {
    "enrolment": "enrolment",
    "ingest": "reading the file",
    "classify_view": "choice of clip",
    "strain": "measurement",
    "read_readers": "reading",
    "agreement": "comparison",
}
JOBS = {
    "ingest": "reading the file",
    "classify_view": "choice of clip",
    "segment": "segmentation",
    "track": "motion",
    "fuse": "fusion",
    "strain": "strain",
    "total": "whole pipeline",
}
SIMULATED = "simulated patients"


def rater_name(rater: str) -> str:
    """A rater as printed: block_matching -> block matching."""
    return WORDS.get(rater, plain(rater))


def job_name(job: str) -> str:
    """A job as printed.

    Example
    -------
    >>> job_name("track.block_matching"), job_name("segment"), job_name("segment.fast")
    ('motion, block matching', 'segmentation', 'segmentation, fast')
    """
    stage, *parts = job.split(".")
    return ", ".join([JOBS.get(stage, plain(stage)), *map(plain, parts)])


def plain(code: str) -> str:
    """A code as words: no_whole_systole -> no whole systole."""
    return code.replace("_", " ")


def counted(n: int | str, noun: str) -> str:
    """A number with its noun, which is given in the plural.

    Example
    -------
    >>> counted(1, "patients"), counted(2, "clips")
    ('1 patient', '2 clips')
    """
    return f"{n} {noun.removesuffix('s')}" if str(n) == "1" else f"{n} {noun}"
