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


def test_a_clip_without_a_whole_beat_says_what_its_beats_were_and_a_segment_which_it_is():
    lost = {"patient": "p1", "rater": "dis", "status": "excluded", "view": "a4c"}
    beat = lost | {"segment": "global", "reason": "no_whole_systole"}
    part = lost | {"segment": "basal_septal", "reason": "outside_image"}
    told = {"patient": "p1", "method": "dis", "view": "a4c", "measure": "beat_left_out"}
    quality = [told | {"note": "a systole of 0.67 s"}, told | {"method": "best", "note": "other"}]
    rows = exclusion_rows("c", {}, {}, [beat, part, part], quality=quality)
    assert len(rows) == 2  # both measures of the segment are one row
    assert rows[0]["note"].endswith("a systole of 0.67 s") and "other" not in rows[0]["note"]
    assert rows[1]["note"].startswith("a4c, basal septal: ")


def test_a_clip_of_implausible_outlines_says_what_is_wrong_with_most():
    lost = {"patient": "p1", "rater": "dis", "status": "excluded", "view": "a4c"}
    row = lost | {"segment": "global", "reason": "implausible_contour"}
    told = {"patient": "p1", "method": "", "view": "a4c", "measure": "implausible"}
    told |= {"segmentation": "fast", "note": "long axis outside 25 to 140 mm"}
    quality = [told] * 40 + [told | {"note": "wall too thin"}] * 3 + [told | {"patient": "p2"}]
    (found,) = exclusion_rows("c", {}, {}, [row], quality=quality)
    assert "long axis outside 25 to 140 mm in 40 frames; wall too thin in 3" in found["note"]
