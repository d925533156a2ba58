import pytest

from echogls.study import REASONS, VIEWS, StudyError
from echogls.views.chosen import best_clips, chosen_clips, clips_by_view, why_none
from echogls.views.opinion import Opinion
from echogls.views.selection import COLUMNS, WEIGHTS, choose_clips


def clip(name, view="", kind="sequence", fps="50", frames="60", status="ok", r_waves="0"):
    return {"clip": name, "view": view, "kind": kind, "fps": fps, "frames": frames,
            "status": status, "reason": "", "r_waves": r_waves}  # fmt: skip


def opinion(view="a4c", sure=0.9, mirrored=0.0, shape="plausible", contour=1.0, coverage=1.0):
    told = dict.fromkeys(VIEWS, (1 - sure) / 7) | {view: sure}
    return Opinion(told, mirrored, shape, contour, 0.3, coverage)


def placed(name="a", said=None, overrides=(), wanted=("a4c",), **facts):
    (row,) = choose_clips(
        [clip(name, **facts)], wanted, {name: said} if said else {}, overrides=overrides
    )
    return row


def test_row_says_what_the_clip_was_taken_for_and_how_sure():
    row = placed(said=opinion())
    assert set(row) == set(COLUMNS)
    assert (row["view"], row["view_source"], row["chosen"]) == ("a4c", "classified", "yes")
    assert row["confidence"] == row["probability_a4c"] == pytest.approx(0.9)
    assert sum(row[f"probability_{view}"] for view in VIEWS) == pytest.approx(1)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (opinion("psax"), "other_view"),
        (opinion("unknown"), "unknown_view"),
        (opinion("a4c", sure=0.4), "unknown_view"),
        (opinion("a4c", shape="still"), "implausible_view"),
        (opinion("a4c", shape="atrium_area"), "implausible_view"),
        (opinion("unknown", mirrored=0.95), "mirrored_view"),
        (opinion("unknown", sure=0.6, mirrored=0.83), "unknown_view"),
        (opinion("a2c", sure=0.7, mirrored=0.8), "mirrored_view"),
        (opinion("a2c", sure=0.95, mirrored=1.0, contour=0.5), "mirrored_view"),
        (opinion("a4c", sure=0.5, mirrored=0.93), "mirrored_view"),
    ],
)
def test_clip_that_is_not_taken_says_why(said, reason):
    row = placed(said=said)
    assert (row["chosen"], row["reason"]) == ("no", reason)
    assert row["note"] and reason in REASONS


@pytest.mark.parametrize(("sure", "mirrored"), [(0.95, 1.0), (0.93, 0.76), (0.72, 0.57)])
def test_a_two_chamber_clip_whose_mirror_image_looks_like_four_chambers_is_measured(sure, mirrored):
    row = placed(wanted=["a2c"], said=opinion("a2c", sure=sure, mirrored=mirrored))
    assert (row["view"], row["chosen"], row["reason"]) == ("a2c", "yes", "")


@pytest.mark.parametrize(("sure", "mirrored"), [(0.95, 1.0), (0.64, 0.88)])
def test_a_four_chamber_clip_that_is_alike_both_ways_round_is_measured(sure, mirrored):
    assert placed(said=opinion("a4c", sure=sure, mirrored=mirrored))["chosen"] == "yes"


@pytest.mark.parametrize(
    ("sure", "fault", "chosen"),
    [(0.95, "contrast", "yes"), (0.8, "contrast", "no"), (0.95, "tilt_deg", "no")],
)
def test_a_fault_that_true_views_have_too_is_no_objection_to_a_sure_classifier(sure, fault, chosen):
    row = placed(said=opinion(sure=sure, shape=fault))
    assert row["chosen"] == chosen and "but" in row["note"]


def test_clip_that_no_network_saw_and_nobody_stated_has_no_view():
    row = placed()
    assert (row["view"], row["chosen"], row["reason"]) == ("unknown", "no", "unknown_view")


def test_stated_view_that_is_to_be_checked_is_the_classifiers_to_decide():
    clips = [clip("a", view="a4c"), clip("b", view="a2c")]
    said = {"a": opinion("a4c"), "b": opinion("a4c", sure=0.8)}
    one, other = choose_clips(clips, ["a4c"], said, trust_stated=False)
    assert (one["view"], one["view_source"], one["chosen"]) == ("a4c", "classified", "yes")
    assert (other["view"], other["reason"]) == ("a4c", "not_best_clip")
    assert "the source says a2c" in other["note"]


def test_stated_view_stands_and_the_opinion_is_recorded():
    row = placed(view="a4c", said=opinion("plax", shape="no_ventricle"))
    assert (row["view_source"], row["chosen"]) == ("stated", "yes")
    assert (row["classified"], row["shape"]) == ("plax", "no_ventricle")
    assert "plax" in row["note"]


def test_stated_view_that_is_not_wanted_is_left_out():
    row = placed(view="plax", said=opinion("a4c"))
    assert (row["chosen"], row["reason"]) == ("no", "other_view")


def test_more_confident_better_outlined_faster_longer_or_more_complete_clip_is_chosen():
    plain = {"said": opinion(contour=0.8, coverage=0.9), "facts": {"fps": "30", "frames": "30"}}
    better = [
        {"said": opinion(sure=0.95, contour=0.8, coverage=0.9), "facts": plain["facts"]},
        {"said": opinion(contour=1.0, coverage=0.9), "facts": plain["facts"]},
        {"said": opinion(contour=0.8, coverage=1.0), "facts": plain["facts"]},
        {"said": plain["said"], "facts": {"fps": "60", "frames": "60"}},
        {"said": plain["said"], "facts": {"fps": "30", "frames": "70"}},
        {"said": plain["said"], "facts": {"fps": "30", "frames": "30", "r_waves": "3"}},
    ]
    for other in better:
        clips = [clip("a", **plain["facts"]), clip("b", **other["facts"])]
        rows = choose_clips(clips, ["a4c"], {"a": plain["said"], "b": other["said"]})
        assert chosen_clips(rows) == {"b": "a4c"}
        left = next(row for row in rows if row["clip"] == "a")
        assert left["reason"] == "not_best_clip"
        assert "b has" in left["note"]


def test_score_is_the_weighted_sum_of_its_parts():
    row = placed(said=opinion(contour=0.5), r_waves="2")
    total = sum(WEIGHTS[part] * row[f"score_{part}"] for part in WEIGHTS)
    assert row["score"] == pytest.approx(total)
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_sequence_goes_before_two_stills():
    rows = choose_clips(
        [clip("a", "a4c", kind="ed_es", fps="", frames="2"), clip("b", "a4c")], ["a4c"],
        {"a": opinion(sure=1.0), "b": opinion(sure=0.2)},
    )  # fmt: skip
    assert chosen_clips(rows) == {"b": "a4c"}


def test_tie_is_broken_by_name_whatever_the_order():
    clips = [clip(name, "a4c") for name in "bac"]
    assert chosen_clips(choose_clips(clips, ["a4c"])) == {"a": "a4c"}
    assert chosen_clips(choose_clips(clips[::-1], ["a4c"])) == {"a": "a4c"}


def test_excluded_clips_are_not_looked_at():
    assert choose_clips([clip("a", status="excluded", fps="", frames="")], ["a4c"]) == []


def test_each_wanted_view_gets_its_clip():
    said = {"a": opinion("a4c"), "b": opinion("a2c"), "c": opinion("a2c", sure=0.99)}
    rows = choose_clips([clip(name) for name in said], ["a4c", "a2c"], said)
    assert chosen_clips(rows) == {"a": "a4c", "c": "a2c"}


def test_sheet_of_clips_overrides_the_view_and_is_recorded():
    row = placed(said=opinion("plax"), overrides=[{"clip": "a", "view": "a4c", "chosen": ""}])
    assert (row["view"], row["view_source"], row["override"]) == ("a4c", "sheet of clips", "view")
    assert (row["chosen"], row["classified"]) == ("yes", "plax")


def test_sheet_of_clips_overrides_the_choice():
    said = {"a": opinion(sure=0.9), "b": opinion(sure=0.8)}
    clips = [clip("a"), clip("b")]
    named = [{"clip": "b", "view": "", "chosen": "yes"}]
    rows = choose_clips(clips, ["a4c"], said, overrides=named)
    assert chosen_clips(rows) == {"b": "a4c"}
    assert "sheet of clips chooses b" in rows[0]["note"]
    left_out = [{"clip": "a", "view": "", "chosen": "no"}]
    rows = choose_clips(clips, ["a4c"], said, overrides=left_out)
    assert chosen_clips(rows) == {"b": "a4c"}
    assert (rows[0]["reason"], rows[0]["override"]) == ("left_out_by_sheet", "chosen")


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ([{"clip": "clip3", "view": "a4c"}], "clip3"),
        ([{"clip": "clip1", "chosen": "yes"}, {"clip": "clip2", "chosen": "yes"}], "choose one"),
    ],
)
def test_sheet_of_clips_that_cannot_be_followed_is_refused(overrides, said):
    clips = [clip("clip1"), clip("clip2")]
    with pytest.raises(StudyError, match=said):
        choose_clips(clips, ["a4c"], overrides=overrides)


def test_patient_without_a_measured_clip_has_the_reason_of_its_clips():
    rows = choose_clips([clip("a"), clip("b")], ["a4c"], {n: opinion("unknown") for n in "ab"})
    clips = [clip("a"), clip("b")]
    assert why_none(clips, rows) == "unknown_view"
    rows = choose_clips(clips, ["a4c"], {"a": opinion("unknown"), "b": opinion("plax")})
    assert why_none(clips, rows) == "other_view"
    gone = clip("a", status="excluded") | {"reason": "unreadable"}
    assert why_none([gone], []) == "unreadable"


def test_a_view_that_no_clip_shows_is_not_said_to_have_had_a_better_one():
    clips = [clip("a", view="a4c"), clip("b", view="a4c", frames="90")]
    rows = choose_clips(clips, ["a4c", "a2c"])
    assert why_none(clips, rows, "a2c") == "no_clip_of_view"
    left = [{"clip": "c", "chosen": "no"}]
    clips.append(clip("c", view="a2c"))
    rows = choose_clips(clips, ["a4c", "a2c"], overrides=left)
    assert why_none(clips, rows, "a2c") == "left_out_by_sheet"


def test_all_clips_of_a_view_are_repeats_where_that_is_asked_for():
    clips = [clip(name, view="a4c", frames=frames) for name, frames in
             (("a", "60"), ("b", "90"), ("c", "75"))]  # fmt: skip
    clips += [clip("d", view="a4c", kind="ed_es"), clip("e", view="a2c")]
    rows = choose_clips(clips, ["a4c", "a2c"], repeats="all")
    assert clips_by_view(rows) == {"a4c": ["b", "c", "a"], "a2c": ["e"]}
    assert best_clips(rows) == {"a4c": "b", "a2c": "e"}
    told = {row["clip"]: (row["chosen"], row["repeat"], row["reason"]) for row in rows}
    assert told["a"] == ("yes", 3, "") and told["d"] == ("no", "", "not_best_clip")
    one = choose_clips(clips, ["a4c", "a2c"])
    assert clips_by_view(one) == {"a4c": ["b"], "a2c": ["e"]}


def not_known(**changed):
    """An opinion of a clip that the classifier does not know, whose outline is of a textbook."""
    told = {"unknown": 0.83, "a4c": 0.15, "a2c": 0.01} | changed.pop("told", {})
    facts = {
        "mirrored": 0.0,
        "shape": "plausible",
        "plausible_share": 1.0,
        "area_change": 0.3,
        "coverage": 1.0,
        "textbook_share": 1.0,
    }
    return Opinion(dict.fromkeys(VIEWS, 0.0) | told, **facts | changed)


def test_an_outline_as_in_textbooks_that_beats_carries_a_clip_of_unknown_making():
    row = placed(said=not_known())
    assert (row["view"], row["view_source"], row["chosen"]) == ("a4c", "outline", "yes")
    assert "unknown with probability 0.83" in row["note"]
    two = placed(said=not_known(told={"a4c": 0.01, "a2c": 0.16}))
    assert (two["view"], two["chosen"]) == ("a2c", "no")


@pytest.mark.parametrize(
    "changed",
    [
        {"shape": "tilt_deg"},
        {"plausible_share": 0.88},
        {"textbook_share": 0.5},
        {"area_change": 0.0},  # a still
        {"coverage": 0.4},
        {"mirrored": 0.83},
        {"told": {"a4c": 0.06, "a2c": 0.05, "alax": 0.06}},  # which apical view is not known
        {"told": {"psax": 0.12, "unknown": 0.7}},
        {"told": {"a4c": 0.004, "unknown": 0.996, "a2c": 0.0}},
    ],
)
def test_less_than_that_does_not_carry_it(changed):
    row = placed(said=not_known(**changed))
    assert (row["view"], row["chosen"], row["reason"]) == ("unknown", "no", "unknown_view")
