"""The exception that says, inside this room, why a reading is left out."""

from echogls.study import REASONS


class Unusable(Exception):
    """A reader's file or value cannot be used: raised and caught inside the room.

    `note` never quotes the file: its texts may be names, ids or dates.
    """

    def __init__(self, reason: str, note: str = ""):
        if reason not in REASONS:
            raise ValueError(f"'{reason}' is not a reason of study.REASONS")
        super().__init__(reason)
        self.reason = reason
        self.note = note
