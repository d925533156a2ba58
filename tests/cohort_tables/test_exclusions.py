from echogls.cohort_tables.exclusions import exclusion_rows


def test_every_clip_left_out_and_every_failed_measurement_has_a_row():
    clips = {
        "p1": [
            {"clip": "clip01", "status": "excluded", "reason": "single_frame", "note": ""},
            {"clip": "clip02", "status": "ok", "reason": "", "note": ""},
            {"clip": "clip03", "status": "ok", "reason": "", "note": ""},
        ]
    }
    views = {
        "p1": [
            {"clip": "clip02", "chosen": "yes", "reason": "", "note": ""},
            {"clip": "clip03", "chosen": "no", "reason": "not_best_clip", "note": "slower"},
        ]
    }
    failed = {"patient": "p1", "rater": "dis", "status": "excluded", "reason": "no_whole_systole"}
    rows = exclusion_rows("c", clips, views, [failed, failed | {"status": "ok", "reason": ""}])
    assert [(row["stage"], row["clip"], row["reason"]) for row in rows] == [
        ("ingest", "clip01", "single_frame"),
        ("classify_view", "clip03", "not_best_clip"),
        ("strain", "", "no_whole_systole"),
    ]
    assert rows[1]["note"].endswith("slower")
    assert all(row["note"] for row in rows)
