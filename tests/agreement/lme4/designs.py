"""Makes designs.tsv, which components.R fits: `python designs.py > designs.tsv`.

500 studies of readers: 4 to 24 patients, 2 to 4 readers, 1 or 2 readings each, every third study
with a fifth of its readings missing; any of the variances of patient, reader and both may be
zero; readings are rounded to one decimal. A line a study; `readings` are tenths, patients parted
by ";", readers by "|", repeats by ",".
"""

import numpy as np


def main() -> None:
    rng = np.random.default_rng(1971)
    print("design\trepeats\treadings")
    for design in range(500):
        repeats = int(rng.integers(1, 3))
        shape = (int(rng.integers(4, 25)), int(rng.integers(2, 5)), repeats)
        sds = rng.choice([0.0, 0.3, 0.6, 1.0, 2.5], 3)
        value = (
            -18
            + rng.normal(0, sds[0], (shape[0], 1, 1))
            + rng.normal(0, sds[1], (1, shape[1], 1))
            + rng.normal(0, sds[2], (*shape[:2], 1))
            + rng.normal(0, 1, shape)
        )
        kept = rng.random(shape) < (0.8 if design % 3 == 0 else 1.0)
        tenths = np.round(10 * value).astype(int)
        text = ";".join(
            "|".join(
                ",".join(str(tenths[i, j, k]) for k in range(repeats) if kept[i, j, k])
                for j in range(shape[1])
            )
            for i in range(shape[0])
        )
        print(design, repeats, text, sep="\t")


if __name__ == "__main__":
    main()
