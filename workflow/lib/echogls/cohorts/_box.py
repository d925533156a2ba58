"""Rectangles of an image."""

from typing import NamedTuple


class Box(NamedTuple):
    """A part of an image: image[top:bottom, left:right]."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def area(self) -> int:
        return max(0, self.bottom - self.top) * max(0, self.right - self.left)
