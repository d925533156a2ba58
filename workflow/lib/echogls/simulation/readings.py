"""Two readers who measure the simulated patients as people do, with their published errors.

Farsalinos et al. 2015 (JASE 28(10), 1171-1181), as cited by Ostvik et al. 2018: relative
mean error 7.8 % between two readers and 8.3 % between two readings of one. For two normal
readings the mean absolute difference is 2 / sqrt(pi) times the standard deviation of one.
"""

from dataclasses import dataclass

import numpy as np

# Standard deviation of one reading from a mean absolute difference of two, where errors are normal:
# the mean of |a - b| is 2 / sqrt(pi) of it.
FROM_MEAN_DIFFERENCE = np.sqrt(np.pi) / 2


@dataclass(frozen=True)
class Reader:
    """How a reader errs.

    Attributes
    ----------
    name : rater in readers.tsv.
    bias : constant, percentage points; negative is a stronger shortening.
    proportional : relative error that is the same in all patients, 1.
    patient_sd : relative error that the reader repeats in a patient, 1.
    repeat_sd : relative error that is new in each reading, 1.
    outlier_share, outlier_factor : share of readings with errors so many times as large.
    """

    name: str
    bias: float = 0.0
    proportional: float = 0.0
    patient_sd: float = 0.0
    repeat_sd: float = 0.0
    outlier_share: float = 0.0
    outlier_factor: float = 3.0


def published_readers(
    *,
    between: float = 0.078,
    within: float = 0.083,
    bias: float = 0.1,
    vendor_offset: float = 0.0,
    proportional: float = 0.0,
    outlier_share: float = 0.0,
) -> tuple[Reader, Reader]:
    """Two readers whose relative mean errors are as published.

    Parameters
    ----------
    between, within : relative mean error between readers, and within one.
    bias : half the mean difference of the two, percentage points.
    vendor_offset : added to both, percentage points; the vendor of Ostvik 2018 measures
        -1.7 against the mean of nine (Farsalinos 2015).
    """
    repeat = within * FROM_MEAN_DIFFERENCE
    patient = np.sqrt(max((between * FROM_MEAN_DIFFERENCE) ** 2 - repeat**2, 0.0))
    shared = {
        "proportional": proportional, "patient_sd": float(patient), "repeat_sd": float(repeat),
        "outlier_share": outlier_share,
    }  # fmt: skip
    return (
        Reader("reader_1", bias=vendor_offset - bias, **shared),
        Reader("reader_2", bias=vendor_offset + bias, **shared),
    )


def read_patient(
    rng: np.random.Generator, truth_percent: float, readers: tuple[Reader, ...], repeats: int = 2
) -> list[tuple[str, int, float]]:
    """(rater, repeat, strain in signed percent) of every reading of one value."""
    rows = []
    for reader in readers:
        own = reader.proportional + rng.normal(0, reader.patient_sd)
        for repeat in range(1, repeats + 1):
            error = rng.normal(0, reader.repeat_sd)
            if rng.random() < reader.outlier_share:
                error *= reader.outlier_factor
            rows.append((reader.name, repeat, truth_percent * (1 + own + error) + reader.bias))
    return rows
