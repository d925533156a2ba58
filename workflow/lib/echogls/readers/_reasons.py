"""Why a reading is left out, and the exception that carries it inside this room."""

from echogls.study import REASONS as STUDY_REASONS

# The code of the `reason` column, and what it says with what to do. Beside these a
# reading may have `other_view` of study.REASONS.
REASONS = {
    "no_value": "the reader gave no value",
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
    "strain_fraction": "the export's strain stays under 1, as fractions do; percent is needed",
}


class Unusable(Exception):
    """A reader's file or value cannot be used: raised and caught inside the room.

    `note` never quotes the file: its texts may be names, ids or dates.
    """

    def __init__(self, reason: str, note: str = ""):
        if reason not in REASONS and reason not in STUDY_REASONS:
            raise ValueError(f"'{reason}' is not a reason of this room or of study.REASONS")
        super().__init__(reason)
        self.reason = reason
        self.note = note
