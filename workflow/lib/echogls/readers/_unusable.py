"""The exception that says, inside this room, why a reading is left out."""

from echogls.study import LeftOut


class Unusable(LeftOut):
    """A reader's file or value cannot be used: raised and caught inside the room.

    `note` never quotes the file: its texts may be names, ids or dates.
    """
