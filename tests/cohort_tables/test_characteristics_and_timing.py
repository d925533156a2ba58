import pytest

from echogls.cohort_tables import characteristics, exclusions, timing
from echogls.study import MOTION_ERRORS, headline_view

CLIPS = {
    "p1": [
        {"clip": "a", "view": "a4c", "frames": "40", "fps": "50", "spacing_mm": "0.3"}
        | {"status": "ok", "reason": ""},
        {"clip": "b", "view": "", "frames": "", "fps": "", "spacing_mm": ""}
        | {"status": "excluded", "reason": "single_frame"},
    ],
    "p2": [
        {"clip": "a", "view": "", "frames": "60", "fps": "70", "spacing_mm": ""}
        | {"status": "ok", "reason": ""}
    ],
}
VIEWS = {
    patient: [{"clip": "a", "view": "a4c", "chosen": "yes", "reason": ""}] for patient in CLIPS
}
ROW = {"rater": "dis", "view": "a4c", "segment": "global", "measure": "gls", "status": "ok"}
MEASURED = [
    ROW | {"patient": "p1", "value": "-18", "reason": ""},
    ROW | {"patient": "p2", "value": "", "status": "excluded", "reason": "no_whole_systole"},
]


def test_only_chosen_clips_and_known_values_are_summarised():
    sheet = [{"patient": "p1", "vendor": "A", "age": "60"}, {"patient": "p2", "vendor": ""}]
    rows = characteristics.characteristic_rows("c", CLIPS, VIEWS, MEASURED, covariates=sheet)
    found = {(row["variable"], row["statistic"]): (row["value"], row["n"]) for row in rows}
    assert found["patients", "count"] == (2, 2)
    assert found["clips", "count"] == (3, 2)
    assert found["view = a4c", "count"] == (2, 2)  # stated by one file, classified in the other
    assert found["frames", "median"] == (50.0, 2)
    assert found["spacing_mm", "max"] == (0.3, 1)
    assert found["gls by dis", "mean"] == (-18.0, 1)
    assert found["vendor = unknown", "count"] == (1, 2)
    assert found["age", "mean"] == (60.0, 1)


def test_what_a_row_is_of_stands_in_columns_of_its_own():
    sheet = [{"patient": "p1", "site = ward": "3: A on B"}, {"patient": "p2", "site = ward": ""}]
    dice = {"measure": "dice", "segmentation": "unet", "label": "cavity", "value": "0.9"}
    rows = characteristics.characteristic_rows(
        "c", CLIPS, VIEWS, MEASURED, covariates=sheet, quality=[dice | {"patient": "p1"}]
    )
    keys = {tuple(row[key] for key in characteristics.KEYS) for row in rows}
    assert {
        ("site = ward", "3: A on B", "", "", ""),
        ("site = ward", "unknown", "", "", ""),
        ("view", "a4c", "", "", ""),
        ("gls", "", "dis", "", ""),
        ("dice", "cavity", "", "unet", ""),
        ("frames", "", "", "", ""),
    } <= keys


@pytest.mark.parametrize("table", [characteristics, exclusions])
def test_a_cohorts_rows_are_passed_as_often_however_many_they_are(monkeypatch, table):
    passes = []

    def counted(rows):
        passes.append(len(rows))
        return headline_view(rows)

    def passed(count):
        names = [f"p{k}" for k in range(count)]
        rows = [ROW | {"patient": name, "value": "-18", "reason": ""} for name in names]
        pair = {"view": "a4c", "rater_1": "r1", "rater_2": "dis", "comparison": "method_reader"}
        pairs = [pair | {"patient": name, "measure": "gls", "status": "ok"} for name in names]
        clips = {name: CLIPS["p2"] for name in names}
        views = {name: VIEWS["p2"] for name in names}
        passes.clear()
        if table is characteristics:
            table.characteristic_rows("c", clips, views, rows)
        else:
            table.flow_chart_rows("c", clips, views, rows, pairs)
        return len(passes)

    monkeypatch.setattr(table, "headline_view", counted)
    assert passed(20) == passed(2) > 0


def test_of_repeated_readings_of_a_patient_the_first_counts():
    readings = [
        ROW | {"rater": "r1", "patient": "p1", "repeat": repeat, "value": value}
        for repeat, value in (("3", "-18"), ("2", "-19"), ("1", ""))
    ]
    rows = characteristics.characteristic_rows("c", CLIPS, VIEWS, [], readings=readings)
    found = {(row["variable"], row["statistic"]): (row["value"], row["n"]) for row in rows}
    assert found["gls by r1", "mean"] == (-19.0, 1)


def test_the_flow_adds_up():
    rows = exclusions.flow_chart_rows("c", CLIPS, VIEWS, MEASURED)
    n = {(row["stage"], row["unit"], row["kind"], row["reason"]): row["n"] for row in rows}
    assert n["enrolment", "clips", "entered", ""] == 3
    assert n["ingest", "clips", "excluded", "single_frame"] == 1
    assert n["ingest", "clips", "left", ""] == 2
    assert n["strain", "patients", "excluded", "no_whole_systole"] == 1
    assert n["strain", "patients", "left", ""] == 1


def test_both_raters_of_a_comparison_stand_in_columns_of_their_own():
    pair = {"rater_1": "r1", "rater_2": "dis", "view": "a4c", "patient": "p1"}
    pairs = [pair | {"status": "excluded", "reason": "no_value"}]
    chart = exclusions.flow_chart_rows("c", CLIPS, VIEWS, MEASURED, pairs)
    left_out = exclusions.exclusion_rows("c", CLIPS, VIEWS, MEASURED, pairs=pairs)
    for rows in (chart, left_out):
        compared = [row for row in rows if row["stage"] == "agreement"]
        assert compared
        assert {(row["rater_1"], row["rater_2"]) for row in compared} == {("r1", "dis")}


def test_time_a_frame_counts_the_clips_that_the_job_saw():
    told = {("p1", "ingest"): [{"s": "2.0", "max_rss": "100"}], ("p1", "segment"): [{"s": "1.0"}]}
    told["p1", "strain"] = [{"s": "0.1", "max_rss": "0.0"}]  # it ended before it was looked at
    methods = {"dis": ["ingest", "segment"], "slow": ["ingest", "track.slow"]}
    rows = timing.timing_rows("c", {"p1": 100}, {"p1": 50}, told, methods)
    found = {row["job"]: row for row in rows}
    assert found["ingest"]["ms_per_frame"] == 20
    assert found["segment"]["ms_per_frame"] == 20
    assert found["ingest"]["max_rss_mb"] == 100
    assert found["segment"]["max_rss_mb"] is found["strain"]["max_rss_mb"] is None
    assert found["total.dis"]["ms_per_frame"] == 60
    assert "total.slow" not in found  # one of its jobs has no benchmark
    assert timing.timing_rows("c", {}, {}, {("p1", "segment"): []}, methods) == []


def test_frames_are_those_of_usable_and_of_chosen_clips():
    clips = {"p1": [{"clip": f"clip0{k}", "frames": "30", "status": "ok"} for k in (1, 2)]}
    clips["p1"].append({"clip": "clip03", "frames": "1", "status": "excluded"})
    views = {"p1": [{"clip": "clip02", "view": "a4c", "chosen": "yes"}]}
    assert timing.frame_counts(clips, views) == ({"p1": 60}, {"p1": 30})


def test_motion_errors_are_summarised_by_estimator_and_mask():
    row = {"motion": "dis", "segmentation": "unet"} | dict.fromkeys(MOTION_ERRORS, "")
    motion = [row | {"epe": "0.04"}, row | {"epe": "0.06"}]
    rows = characteristics.characteristic_rows("c", CLIPS, VIEWS, [], motion=motion)
    found = {(row["variable"], row["statistic"]): row for row in rows if row["group"] == "motion"}
    assert found["dis on unet: epe", "mean"]["value"] == 0.05
    assert found["dis on unet: epe", "mean"]["n"] == 2
    assert found["dis on unet: epe", "mean"]["motion"] == "dis"
    assert found["dis on unet: epe", "mean"]["segmentation"] == "unet"
    assert not any("known" in variable for variable, _ in found)
