"""Time of all statistics but the bootstrap, for patients read by four raters.

python benchmarks/agreement.py [PATIENTS]
"""

import sys
import time

import numpy as np

from echogls.agreement import comparison, paired

METHODS, READERS = ["method_1", "method_2"], ["reader_1", "reader_2"]
# Percentage points; any will do, for it is time that is measured.
OPTIONS = comparison.Options(margin=1.0, within=2.0, limit_width=1.0)


def readings(raters: list[str], truth: np.ndarray, rng: np.random.Generator) -> list[dict]:
    """Rows as of measurements.tsv, values as text."""
    row = {"cohort": "c", "repeat": "1", "view": "a4c", "segment": "global", "measure": "gls"}
    row |= {"unit": "%", "status": "ok", "reason": ""}
    return [
        row | {"patient": f"p{k}", "rater": rater, "value": str(value)}
        for rater in raters
        for k, value in enumerate(truth + rng.normal(0.3, 1, len(truth)))
    ]


def main() -> None:
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rng = np.random.default_rng(2018)
    truth = rng.normal(-18, 2.5, patients)
    tables = {
        "measurements": readings(METHODS, truth, rng),
        "readings": readings(READERS, truth, rng),
        "methods": METHODS,
    }
    wall, processor = time.perf_counter(), time.process_time()
    rows = comparison.cohort_agreement(**tables, options=OPTIONS)
    pairs = paired.pair_rows(**tables)
    print(
        f"{patients} patients, {len(METHODS) + len(READERS)} raters: {len(rows)} statistics and "
        f"{len(pairs)} pairs in {time.perf_counter() - wall:.1f} s, of them "
        f"{time.process_time() - processor:.1f} s of the processor"
    )


if __name__ == "__main__":
    main()
