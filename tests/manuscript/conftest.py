"""A small made-up cohort with two methods, two readers and a truth, through the real statistics."""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

from echogls import configuration, tables
from echogls.agreement import comparison, paired, sensitivity
from echogls.cohort_tables import characteristics, exclusions
from echogls.manuscript.evidence import read_cohort
from echogls.names import known_names
from echogls.strain.definition_names import definition_name
from echogls.study import MOTION_ERRORS

sys.path.insert(0, str(Path(__file__).parent))
import made_page

PATIENTS = [f"p{k}" for k in range(1, 11)]
METHODS = ("dis", "blocks")
OWN = {"gls": "peak_systolic", "ed_rule": "area", "es_rule": "area", "drift": "none"}
OWN |= {"layer": "midwall"}
CHANGES = (
    {},
    {"drift": "linear"},
    {"layer": "endocardium"},
    {"gls": "end_systolic", "drift": "linear", "layer": "endocardium"},
)


def _tables(count=10, readers=("r1", "r2"), repeats=2, spread=1.0, known=True, lost=0):
    """The cohort's tables: of fewer patients, readers or repeats, without differences between
    raters (spread 0), without truth, or with the first readings of some patients missing."""
    patients, names = PATIENTS[:count], readers
    rng = np.random.default_rng(7)
    head = {"cohort": "made", "view": "a4c", "segment": "global", "measure": "gls", "unit": "%"}
    measurements, readings = [], []
    for place, patient in enumerate(patients):
        true = rng.normal(-18, 2.5)

        def row(rater, value, repeat=1, name=patient):
            told = {"patient": name, "rater": rater, "repeat": str(repeat), "value": str(value)}
            return head | told | {"status": "ok", "reason": ""}

        errors = spread * np.array([rng.normal(1, 1), rng.normal()])
        measurements += [row("dis", true + errors[0]), row("blocks", true + errors[1])]
        if known:
            readings.append(row("truth", true))
        for reader in names:
            mine = [
                row(reader, true + spread * rng.normal(), repeat + 1) for repeat in range(repeats)
            ]
            if place < lost:
                mine[0] |= {"value": "", "status": "excluded", "reason": "no_value"}
            readings += mine
    basal = {"segment": "basal_septal", "measure": "peak_systolic_strain"}
    for table, rater in ((measurements, "dis"), (readings, "truth")):
        table += [row | basal for row in table if row["rater"] == rater]
    failed = {"status": "excluded", "reason": "no_whole_systole", "value": ""}
    last = max(k for k, row in enumerate(measurements) if row["rater"] == "blocks")
    measurements[last] = measurements[last] | failed
    for stated, rater in (("gls_sd", "dis"), ("gls_model_sd", "blocks")):
        measurements += [
            head | {"measure": stated, "patient": patient, "rater": rater, "repeat": "1"}
            | {"value": "0.9", "status": "ok", "reason": ""}
            for patient in patients
            if rater == "dis" or patient != measurements[last]["patient"]
        ]  # fmt: skip
    clips = {
        patient: [
            {"clip": "clip01", "view": "a4c", "frames": "60", "fps": "50.0", "spacing_mm": "0.3"}
            | {"status": "ok", "reason": "", "note": ""}
        ]
        for patient in patients
    }
    views = {
        p: [
            {"clip": "clip01", "view": "a4c", "classified": "a4c"}
            | {"chosen": "yes", "reason": "", "note": ""}
        ]
        for p in patients
    }
    raters = {"measurements": measurements, "readings": readings, "methods": list(METHODS)}
    agreement = comparison.cohort_agreement(**raters)
    pairs = paired.pair_rows(**raters)
    timing = [
        {"cohort": "made", "patient": p, "job": job, "ms_per_frame": str(10 + k)}
        for k, p in enumerate(patients)
        for job in ("segment", "track.dis", "fuse.blocks", "total.dis")
    ]
    motion = [
        {"motion": "dis", "segmentation": "net", "patient": p}
        | {name: str(0.05 + k / 1000) for name in MOTION_ERRORS}
        for k, p in enumerate(patients)
    ]
    left_out = exclusions.exclusion_rows(
        "made", clips, views, measurements, readings=readings, pairs=pairs
    )
    told = characteristics.characteristic_rows(
        "made", clips, views, measurements, readings=readings, timing=timing, motion=motion
    )
    definitions = {
        (row["patient"], row["rater"]): [
            {"definition": definition_name(OWN | changes), "changed": " ".join(changes)}
            | {"value": str(float(row["value"]) + k) if row["value"] else ""}
            | {"view": "a4c", "flagged": "no"}
            | (OWN | changes)
            for k, changes in enumerate(CHANGES)
        ]
        for row in measurements
        if row["segment"] == "global"
    }
    return {
        "measurements": (measurements, None),
        "readers": (readings, None),
        "agreement": (agreement, comparison.AGREEMENT_COLUMNS),
        "variability": (comparison.variability_rows(agreement), comparison.AGREEMENT_COLUMNS),
        "pairs": (pairs, paired.PAIR_COLUMNS),
        "exclusions": (left_out, exclusions.COLUMNS),
        "flow": (exclusions.flow_chart_rows("made", clips, views, measurements, pairs), None),
        "characteristics": (told, characteristics.COLUMNS),
        "timing": (timing, None),
        "sensitivity": (
            sensitivity.sensitivity_rows(pairs, definitions),
            sensitivity.COLUMNS,
        ),
        "budget": (
            sensitivity.sensitivity_rows(
                pairs, definitions, comparisons=("method_truth",), flagged=False
            ),
            sensitivity.COLUMNS,
        ),
        "quality": ([], ("measure", "value")),
        "view_confusion": (
            [
                {"true": true, "classified": classified, "n": str(n)}
                for true, classified, n in (
                    ("a4c", "a4c", 9),
                    ("a4c", "a2c", 1),
                    ("plax", "plax", 4),
                )
            ],
            None,
        ),
    }


@pytest.fixture(scope="session")
def make_cohort(tmp_path_factory):
    """A function that makes the cohort as the manuscript reads it from its folder; one that was
    made before is the same again."""

    @cache
    def make(**changes):
        folder = tmp_path_factory.mktemp("results") / "made"
        folder.mkdir()
        for name, (rows, columns) in _tables(**changes).items():
            columns = columns or (list(rows[0]) if rows else ["measure"])
            tables.write_table(folder / f"{name}.tsv", rows, columns)
        return read_cohort(folder, simulated=True, methods=METHODS)

    return make


@pytest.fixture(scope="session")
def cohort(make_cohort):
    return make_cohort()


@pytest.fixture(scope="session")
def models():
    """What models.yaml says of one network."""
    measured = {"images": 100}
    for label in ("cavity", "myocardium", "atrium"):
        measured |= {f"{label}_dice": 0.9, f"{label}_dice_sd": 0.03}
        for phase in ("ed", "es"):
            measured[f"{label}_{phase}_mean_absolute_distance_mm"] = 1.2
            measured[f"{label}_{phase}_hausdorff_mm"] = 4.5
    return {"net": {"measured": measured}}


@pytest.fixture(scope="session")
def study_config():
    """The default config, of a study of the made-up cohort."""
    root = next(folder for folder in Path(__file__).parents if (folder / "Snakefile").is_file())
    told = yaml.safe_load((root / "config" / "config.yaml").read_text(encoding="utf-8"))
    told |= {"cohorts": {"made": {"format": "simulated"}}, "study": ["made"]}
    schema = root / "workflow" / "schemas" / "config.schema.yaml"
    known = known_names(root / "workflow" / "models")
    return configuration.check_config(told, schema, names=known)


@pytest.fixture(scope="session")
def page(tmp_path_factory, cohort, study_config, models):
    """The report of the made-up cohort: its file, its text, and the parts that it is made of."""
    folder = tmp_path_factory.mktemp("page")
    parts = made_page.made_page(folder, cohort, study_config, models)
    file = folder / "report.html"
    return {"file": file, "text": file.read_text(encoding="utf-8"), "parts": parts}
