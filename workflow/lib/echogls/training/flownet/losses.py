"""What the losses of all flow networks have in common."""

from keras import ops

# By judgement: weight of the slopes beside the error, and the motion below which places are slow,
# which alone would count for nothing beside fast ones.
WEIGHT = 0.7
SLOW_PX = 0.7
MOST = 0.5  # of a slope: more is no worse, so as not to pull what has learnt nothing yet


def clipped(length, most: float):
    """Errors beyond `most` count by a tenth: outliers must not rule."""
    return ops.where(length < most, length, most + 0.1 * (length - most))


def shrinkage_loss(error, flow, counted, weight: float = WEIGHT):
    """`weight` times the slopes of the error on the true motion, slow and fast places apart.

    An estimate that minimises its own error alone gives less motion than there is wherever it
    is unsure, and strain adds that up over a beat.

    Parameters
    ----------
    error : (batch, h, w, 2) estimated minus true motion, pixels.
    flow : (batch, h, w, 2) true motion, pixels.
    counted : (batch, h, w) bool.
    """
    square = ops.sum(ops.square(flow), -1)
    along = ops.sum(error * flow, -1)
    total = 0.0
    for part in (square < SLOW_PX**2, square >= SLOW_PX**2):
        share = ops.cast(part, "float32") * ops.cast(counted, "float32")
        slope = ops.sum(along * share) / (ops.sum(square * share) + 1.0)
        total = total + weight * ops.minimum(ops.abs(slope), MOST)
    return total
