"""The study's vocabulary: the one place that knows a view, a segment, a reason, a column.

Coordinates everywhere: arrays are (T, H, W) or (row, col); points are (x, y) in
mm, x = column * spacing, y = row * spacing, the origin in the centre of the
first pixel. Strain is signed percent: shortening is negative.
"""

import difflib
import re
from collections.abc import Iterable, Mapping

# As CAMUS numbers them.
LABELS = {"background": 0, "cavity": 1, "myocardium": 2, "atrium": 3}

VIEWS = {
    "a4c": "apical four-chamber",
    "a2c": "apical two-chamber",
    "alax": "apical long-axis",
    "plax": "parasternal long-axis",
    "psax": "parasternal short-axis",
    "sc4c": "subcostal four-chamber",
    "ivc": "inferior vena cava",
    "unknown": "none of these, or not sure",
}

CENTRELINE_POINTS = 120  # as in Ostvik et al. 2018, section 2.2

# Along the centreline of the apical four-chamber view, septal annulus first.
SEGMENTS = (
    "basal_septal",
    "mid_septal",
    "apical_septal",
    "apical_lateral",
    "mid_lateral",
    "basal_lateral",
)

# The same of each apical view in which strain is measured, from the annulus on the left of the
# image (ASE/EACVI: the apex up, septum, inferior or inferolateral wall on the left).
VIEW_SEGMENTS = {
    "a4c": SEGMENTS,
    "a2c": (
        "basal_inferior",
        "mid_inferior",
        "apical_inferior",
        "apical_anterior",
        "mid_anterior",
        "basal_anterior",
    ),
    "alax": (
        "basal_inferolateral",
        "mid_inferolateral",
        "apical_inferolateral",
        "apical_anteroseptal",
        "mid_anteroseptal",
        "basal_anteroseptal",
    ),
}
ALL_SEGMENTS = tuple(name for names in VIEW_SEGMENTS.values() for name in names)
VIEW_OF_SEGMENT = {name: view for view, names in VIEW_SEGMENTS.items() for name in names}

# In the column `view`: the average over the apical views that a cohort measures.
AVERAGE_VIEW = "apical"
# What becomes of that average where a view is missing.
MISSING_VIEW_RULES = ("exclude", "average_others")

# What may be smallest at end-systole: the names of strain.es_rule, and how a text calls them.
# ED is where one of them is largest before the systole, or the R wave.
ES_RULES = {"area": "cavity", "length": "long axis", "strain": "length of the wall"}
ED_RULES = ("r_wave", "area", "length")

# Measures of measurements.tsv and readers.tsv, and their units.
MEASURES = {
    "gls": "%",
    "gls_sd": "%",
    "gls_model_sd": "%",
    "gls_beat": "%",
    "segment_sd": "%",
    "peak_systolic_strain": "%",
    "end_systolic_strain": "%",
    "peak_strain": "%",
    "ed_frame": "frame",
    "es_frame": "frame",
    "ed_time": "s",
    "es_time": "s",
    "heart_rate": "1/min",
    "beats": "beat",
    "ed_length": "mm",
    "views": "view",
}

# What a method states of the error of its GLS: calibrated, or as its fusion's model has it, which
# knows nothing of errors that last.
STATED_ERRORS = ("gls_sd", "gls_model_sd")
# GLS of each beat of one clip; `repeat` counts the beats.
BEAT = "gls_beat"

# Errors of estimated motion along a wall whose motion is known, and their units.
MOTION_ERRORS = {
    "epe": "mm/frame",
    "epe_along": "mm/frame",
    "epe_across": "mm/frame",
    "true_motion": "mm/frame",
    "motion_found": "%",
    "known": "%",
    "epe_systole": "mm",
}

# Which strain is the measure `gls`: the peak between ED and ES, or the value at ES.
GLS_RULES = ("peak_systolic", "end_systolic")
# ES by the smallest cavity is uncertain by about one frame (of 50 a second), so the peak may lie
# this much after it, in seconds.
ES_TOLERANCE_S = 0.02

# Electromechanical systole, s, and what it is shorter by for each beat a minute (Weissler et al.,
# Circulation 37, 149-159, 1968, men).
SYSTOLE = (0.546, 0.0021)

STATUSES = ("ok", "excluded")

# The rater that measures on the outlines that an expert drew, where a source brings them.
CONTOURS = "contours"

# Why a clip, a patient or a reading is left out: the code of the `reason` column, and what
# it says with what to do. A row's `note` carries what exactly came.
REASONS = {
    "no_clips": "nothing readable was found for this patient; check the path in the sheet",
    "unreadable": "the file could not be read as its format; export it again",
    "wrong_modality": "not ultrasound; remove it or leave it, it is not used",
    "wrong_object": "an ultrasound object without a moving image",
    "undecodable": "the pixels are truncated or could not be decoded; export the clip again",
    "single_frame": "a still; a clip needs several frames",
    "duplicate": "the same images as another clip of this patient, which is used",
    "several_images": "several images side by side; export the clip with one image",
    "too_few_frames": "fewer frames than ingest.min_frames",
    "too_many_frames": "more frames than ingest.max_frames",
    "low_frame_rate": "frame rate under ingest.min_fps; if the file states the rate of a display, "
    "give that of the recording as fps in the sheet",
    "frames_in_files": "one of many single images of one series; if they are the frames of a clip, "
    "export it as one file",
    "no_frame_times": "the file does not say when its frames were taken; give fps in the sheet",
    "bad_frame_times": "frame times do not increase; give fps in the sheet",
    "colour_doppler": "colour Doppler; a grey-scale clip is needed",
    "drawing": "something is drawn in colour over the image (a painted ventricle, a tracing, "
    "plots); export the clip without it",
    "no_tissue_image": "no two-dimensional tissue image in the file (Doppler, M-mode or blank)",
    "missing_image": "a file that the recording needs is missing",
    "bad_image": "an image has another size or content than the recording needs",
    "other_view": "the clip shows another view than the study measures",
    "unknown_view": "no view is recognised with the wanted confidence; if it is known, state it",
    "implausible_view": "the outline contradicts the recognised view; if it is known, state it",
    "mirrored_view": "left and right are exchanged; export the clip the usual way round",
    "left_out_by_sheet": "the sheet of clips leaves it out",
    "no_clip_of_view": "no clip of this patient shows the view; if one does, state it in the sheet "
    "of clips",
    "not_best_clip": "another clip of this patient and view was better",
    "no_contour": "no left ventricle was found in the clip",
    "implausible_contour": "the outline is implausible in too many frames",
    "tracking_failed": "motion could not be estimated",
    "no_whole_systole": "the clip holds no whole systole (ED to ES)",
    "corrected_by_hand": "measured with an outline, or with frames of ED and ES, that the sheet of "
    "clips gives",
    "missing_view": "a view that the average or the segment is made of could not be measured",
    # of a measurement that is given all the same; those of DOUBTS say that it may be wrong
    "motion_contradicts_outline": "the followed wall shortens much less or more than the outlines "
    "do: one of them is wrong; look at the overlay",
    "annulus_contradicts_outline": "the annulus comes much less or more far by the followed wall "
    "than by the outlines: one of them is wrong; look at the overlay",
    "outline_left_behind": "the outline of end-diastole, carried to end-systole, lies beside the "
    "outline there; look at the overlay",
    "strain_contradicts_volume": "much less or more strain than the change of the cavity's volume "
    "goes with; look at the overlay",
    "incomplete_beat": "the clip ends with end-systole: whether the wall shortens further is not "
    "seen; export a longer clip",
    "beats_left_out": "beats of an impossible length were left out; look at the frame times",
    "r_waves_contradict": "the file's R waves are not where the cavity is large; the cavity alone "
    "gives end-diastole where the rules allow it",
    "outside_image": "part of the wall lies outside the picture; its strain there is not measured",
    "implausible_side": "one side of the outline is implausible in many frames; its segments are "
    "not measured",
    "implausible_spacing": "the stated spacing makes the picture or the ventricle too large or too "
    "small for a heart: taken as unknown, lengths are left out; give spacing_mm in the sheet",
    "doubtful_frame_times": "the beat is too long or too short for the stated heart rate, or for "
    "any heart: frame times look wrong by a factor; give fps in the sheet",
    "jump_in_clip": "the whole picture changes at once between two frames: two recordings in one "
    "clip, or frames are missing; export one recording",
    "repeated_frames": "frames that repeat the one before: the clip was converted to another "
    "rate; export it at the rate of its recording",
    "bright_cavity": "the wall is hardly brighter than the cavity: inverted grey levels, a "
    "contrast agent, or an outline beside the wall; look at the overlay",
    # of a segment alone
    "uneven_segments": "the segment shortens much less or more than the wall beside it: of a true "
    "difference only a part is found, and where motion is not seen there are false ones",
    "drifting_segment": "the segment does not come back to its length when the beat is over: its "
    "motion was not followed well",
    "ed_es_only": "two still frames: motion cannot be followed, segmentation alone is measured",
    "endocardium_only": "two traced frames of the endocardium alone, which shortens more than "
    "the middle of the wall",
    # of a measure beside strain that a recording does not tell (UNTOLD)
    "no_whole_beat": "the clip ends before the next end-diastole: the heart rate is not known",
    "unknown_spacing": "lengths are not known: the file states no spacing of pixels, or one that "
    "no heart has; give spacing_mm in the sheet",
    # of a reading
    "no_value": "no value was given",
    "implausible_value": "a value that the measure cannot have; correct it in the readers' table",
    "other_segment": "a segment of another view than the study divides into segments",
    "unreadable_export": "the reader's export could not be read; export it again",
    "bad_export_times": "the export's frame times are missing or do not increase; export it again",
    "other_quantity": "the export holds another quantity than longitudinal strain in percent",
    "no_trace_of_view": "the export holds no trace of this view; correct the view in the sheet",
    "no_global_strain": "the export holds neither a global curve, nor all six segments",
    "no_reference": "end-diastole is outside the export's frames; give ed_time in the sheet",
    "no_end_systole": "end-systole is not known or not in the beat; give es_time in the sheet",
    "positive_strain": "shortening has a positive sign in the export; strain is signed here",
    "implausible_markers": "the export marks end-systole where no systole ends; gls is what its "
    "markers give, peak_strain the peak of the whole beat; give es_time in the table",
    "unpaired": "only one of the two raters measured the patient; the comparison leaves it out",
    "strain_fraction": "the export's strain stays under 1, as fractions do; percent is needed",
}

# Reasons of a segment's strain that is given, status ok, but may be wrong. They say nothing of GLS.
SEGMENT_DOUBTS = ("uneven_segments", "drifting_segment")
# Reasons of a measurement that is given, status ok, but may be wrong: flags.
DOUBTS = (
    "motion_contradicts_outline",
    "annulus_contradicts_outline",
    "outline_left_behind",
    "strain_contradicts_volume",
    "incomplete_beat",
    "beats_left_out",
    "r_waves_contradict",
    "outside_image",
    "implausible_side",
    "implausible_spacing",
    "doubtful_frame_times",
    "repeated_frames",
    "jump_in_clip",
    "bright_cavity",
    *SEGMENT_DOUBTS,
)

# Reasons of a row without a value, status excluded, of a recording that was measured: it does not
# tell this measure. Nothing was left out, so no table of exclusions counts them.
UNTOLD = ("ed_es_only", "no_whole_beat", "unknown_spacing")

ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

MEASUREMENT_COLUMNS = (
    "cohort",
    "patient",
    "rater",
    "repeat",
    "view",
    "segment",
    "measure",
    "value",
    "unit",
    "status",
    "reason",
)
CLIP_COLUMNS = (
    "clip",
    "view",
    "kind",
    "frames",
    "fps",
    "timing",
    "spacing_mm",
    "rows",
    "columns",
    "depth_mm",
    "r_waves",
    "heart_rate",
    "repeated_frames",
    "vendor",
    "status",
    "reason",
    "flags",
    "note",
)


class StudyError(Exception):
    """Something a user must mend: says what came, what was expected, and what to do."""


class LeftOut(Exception):
    """Something cannot be used, with a reason of REASONS and a note: raised and caught inside a
    room, which makes a row of it."""

    def __init__(self, reason: str, note: str = ""):
        if reason not in REASONS:
            raise ValueError(f"'{reason}' is not a reason of study.REASONS")
        super().__init__(reason)
        self.reason = reason
        self.note = note


def headline_view(rows: Iterable[Mapping[str, str]]) -> str:
    """Of a table's views the one that a cohort is told by: the average over views where there
    is one, else the first; "" of no rows.

    Example
    -------
    >>> headline_view([{"view": "a4c"}, {"view": "a2c"}, {"view": "apical"}])
    'apical'
    """
    views = dict.fromkeys(row.get("view", "") for row in rows)
    return AVERAGE_VIEW if AVERAGE_VIEW in views else next(iter(views), "")


def split_reasons(text: str) -> list[str]:
    """The reasons of a row: a measurement that is given can have several, with blanks between.

    Example
    -------
    >>> split_reasons("incomplete_beat outside_image")
    ['incomplete_beat', 'outside_image']
    """
    return text.split()


def join_reasons(*texts: str) -> str:
    """Several rows' reasons as one cell, each once, in the order of REASONS.

    Example
    -------
    >>> join_reasons("outside_image", "", "incomplete_beat outside_image")
    'incomplete_beat outside_image'
    """
    reasons = dict.fromkeys(reason for text in texts for reason in split_reasons(text))
    order = {reason: place for place, reason in enumerate(REASONS)}
    return " ".join(sorted(reasons, key=lambda reason: order.get(reason, len(order))))


def nearest(name: str, names: Iterable[str]) -> str:
    """What to add to an error about an unknown name: the nearest known one, or all of them."""
    names = [str(k) for k in names]
    close = difflib.get_close_matches(str(name), names, n=1)
    return f"; did you mean '{close[0]}'?" if close else f"; known: {', '.join(sorted(names))}"
