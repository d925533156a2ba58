"""The square that the network looks at, and the way back to the cine's own grid."""

from dataclasses import dataclass

import cv2
import numpy as np


def square_canvas(image: np.ndarray, side: int, labels: bool = False) -> np.ndarray:
    """Centre (H, W) in a square without changing its shape, and resample to `side` pixels.

    Grey images are averaged over the new pixels, labels take the nearest.
    """
    square = Square.around(*image.shape, (0, 0, image.shape[0] - 1, image.shape[1] - 1))
    return square.cut(image, side, labels)


def normalise(x: np.ndarray) -> np.ndarray:
    """Scale a grey image (any size) so that its 99.5th percentile over lit pixels is 1."""
    lit = x[x > 0]
    top = np.percentile(lit[:: max(1, lit.size // 20000)], 99.5) if lit.size else 1.0
    return np.clip(x / max(float(top), 1e-3), 0.0, 1.0).astype(np.float32)


@dataclass(frozen=True)
class Square:
    """A square on a cine's pixel grid; it may reach over the grid's edge.

    Attributes
    ----------
    top, left : row and column of its first pixel (may be negative).
    longest : its side in the cine's pixels.
    height, width : the cine's own size.
    """

    top: int
    left: int
    longest: int
    height: int
    width: int

    @classmethod
    def around(cls, height: int, width: int, box: tuple[int, int, int, int]) -> "Square":
        """The smallest square centred on a box (first row, first column, last row, last column)."""
        rows, columns = box[2] - box[0] + 1, box[3] - box[1] + 1
        longest = max(rows, columns)
        top = box[0] - (longest - rows) // 2
        left = box[1] - (longest - columns) // 2
        return cls(top, left, longest, height, width)

    @classmethod
    def of_sector(cls, sector: np.ndarray) -> "Square":
        """The square around the imaged sector, (H, W) bool; around everything if it is empty."""
        rows, columns = np.flatnonzero(sector.any(1)), np.flatnonzero(sector.any(0))
        height, width = sector.shape
        if rows.size == 0:
            return cls.around(height, width, (0, 0, height - 1, width - 1))
        return cls.around(height, width, (rows[0], columns[0], rows[-1], columns[-1]))

    def cut(self, image: np.ndarray, side: int, labels: bool = False) -> np.ndarray:
        """The square's content at `side` pixels a side, zero outside the image."""
        canvas = np.zeros((self.longest, self.longest), image.dtype)
        here, there = self._overlap()
        canvas[there] = image[here]
        if labels:
            way = cv2.INTER_NEAREST_EXACT
        else:
            way = cv2.INTER_AREA if side < self.longest else cv2.INTER_LINEAR
        return cv2.resize(canvas, (side, side), interpolation=way)

    def paste(self, scores: np.ndarray) -> np.ndarray:
        """Scores of a square network output, (side, side, C), on the cine's grid (H, W, C).

        Linear between network pixels; outside the square the first channel is 1.
        """
        planes = np.zeros((scores.shape[-1], self.height, self.width), np.float32)
        planes[0] = 1
        here, there = self._overlap()
        size = (self.longest, self.longest)
        for plane, score in zip(planes, np.moveaxis(scores, -1, 0), strict=True):
            large = cv2.resize(np.ascontiguousarray(score), size, interpolation=cv2.INTER_LINEAR)
            plane[here] = large[there]
        return np.moveaxis(planes, 0, -1)

    def to_grid(self, points: np.ndarray, side: int) -> np.ndarray:
        """(..., 2) points (x, y) in network pixels -> (x, y) in pixels of the cine's grid."""
        return (points + 0.5) * (self.longest / side) - 0.5 + np.array([self.left, self.top])

    def _overlap(self):
        row0, row1 = max(self.top, 0), min(self.top + self.longest, self.height)
        col0, col1 = max(self.left, 0), min(self.left + self.longest, self.width)
        here = (slice(row0, row1), slice(col0, col1))
        there = (
            slice(row0 - self.top, row1 - self.top),
            slice(col0 - self.left, col1 - self.left),
        )
        return here, there
