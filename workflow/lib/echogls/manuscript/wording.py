"""How raters, stages, jobs, reasons and what a config chooses are called in print."""

from collections.abc import Mapping

from echogls.study import ES_RULES, REASONS

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
    "measure": "fusion and strain, all methods",
    "total": "whole pipeline",
}
SIMULATED = "simulated patients"
# Source formats, as what was measured.
SOURCES = {
    "dicom": "DICOM files",
    "camus": "CAMUS images",
    "echonet": "EchoNet videos",
    "hmcqu": "HMC-QU videos",
    "video": "video files",
    "simulated": SIMULATED,
}
# Options of the fusions of this library.
OPTIONS = {
    "position_sd_mm": "random error of the outline",
    "contour_sd_mm": "lasting error of the outline across the wall",
    "along_sd_mm": "error of the outline along the wall",
    "annulus_sd_mm": "error of the outline's ends along the wall",
    "velocity_sd_mm_s": "error of the motion",
    "acceleration_sd_mm_s2": "SD of the acceleration",
    "acceleration_time_s": "time over which the acceleration lasts",
}
YES_NO = {"True": "yes", "False": "no", "None": "none"}
# How names of options and covariates end -> their unit.
UNITS = {"mm_s2": "mm/s²", "mm_s": "mm/s", "mm": "mm", "cm": "cm", "mhz": "MHz", "kg": "kg"}
UNITS |= {"ms": "ms", "s": "s", "px": "pixels", "percent": "%"}
# Keys of a config within REASONS -> what they are in a paper.
KEYS = {
    "ingest.min_frames": "were required",
    "ingest.max_frames": "were allowed",
    "under ingest.min_fps": "lower than required",
}


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


def split_unit(name: str) -> tuple[str, str]:
    """A name without the unit that it ends with, and that unit, "" where there is none.

    Example
    -------
    >>> split_unit("depth_mm"), split_unit("velocity_sd_mm_s"), split_unit("fps")
    (('depth', 'mm'), ('velocity_sd', 'mm/s'), ('fps', ''))
    """
    for ending, unit in UNITS.items():
        if name.endswith(f"_{ending}") and name != f"_{ending}":
            return name.removesuffix(f"_{ending}"), unit
    return name, ""


def quantity_name(name: str) -> str:
    """A covariate as printed: depth_mm -> depth, mm."""
    stem, unit = split_unit(name)
    return plain(f"{stem}, {unit}" if unit else stem)


def option_words(options: Mapping[str, object]) -> str:
    """Options with their values, as a text has them.

    Example
    -------
    >>> option_words({"contour_sd_mm": 0.5, "my_gain": 2, "robust": True})
    'lasting error of the outline across the wall 0.5 mm, my gain 2, robust yes'
    """
    parts = []
    for name, value in options.items():
        stem, unit = split_unit(name)
        shown = YES_NO.get(str(value), plain(str(value)))
        parts.append(" ".join(filter(None, (OPTIONS.get(name, plain(stem)), shown, unit))))
    return ", ".join(parts)


def definition_words(strain: Mapping) -> dict[str, str]:
    """What a config's block `strain` chooses, in words: gls, ed, es, drift.

    Example
    -------
    >>> block = {"gls": "peak_systolic", "ed_rule": ["r_wave", "area"], "es_rule": ["area"]}
    >>> definition_words(block | {"drift": "none"})["ed"]
    'R wave, else largest cavity'
    """
    starts = {rule: f"largest {words}" for rule, words in ES_RULES.items()} | {"r_wave": "R wave"}
    rules = [strain["es_rule"]] if isinstance(strain["es_rule"], str) else strain["es_rule"]
    ends = [f"smallest {ES_RULES[rule]}" for rule in rules]
    closed = strain["drift"] == "linear"
    return {
        "gls": plain(strain["gls"]),
        "ed": ", else ".join(starts[rule] for rule in strain["ed_rule"]),
        "es": ", else ".join(ends),
        "drift": "closed linearly over the beat" if closed else "not corrected",
    }


def source_words(source: str) -> str:
    """A source format as what was measured; one of a plug-in by its name."""
    return SOURCES.get(source, f"{plain(source)} files")


def reason_meaning(code: str) -> str:
    """What a reason says, without what to do about it and without keys of a config.

    Example
    -------
    >>> reason_meaning("too_few_frames"), reason_meaning("single_frame")
    ('fewer frames than were required', 'a still')
    """
    words = REASONS.get(code, "").partition(";")[0]
    for key, said in KEYS.items():
        words = words.replace(key, said)
    return words


def counted(n: int | str, noun: str) -> str:
    """A number with its noun, which is given in the plural.

    Example
    -------
    >>> counted(1, "patients"), counted(2, "clips")
    ('1 patient', '2 clips')
    """
    return f"{n} {noun.removesuffix('s')}" if str(n) == "1" else f"{n} {noun}"
