from echogls.views.selection import choose_clips, chosen_clips


def clip(name, view="a4c", kind="sequence", fps="50", frames="60", status="ok"):
    return {
        "clip": name,
        "view": view,
        "kind": kind,
        "fps": fps,
        "frames": frames,
        "status": status,
    }


def test_faster_clip_is_chosen_and_the_other_says_why_not():
    rows = choose_clips([clip("a", fps="40"), clip("b", fps="60")], ["a4c"])
    assert chosen_clips(rows) == {"b": "a4c"}
    assert next(row for row in rows if row["clip"] == "a")["reason"] == "not_best_clip"


def test_sequence_goes_before_two_stills():
    rows = choose_clips([clip("a", kind="ed_es", fps="", frames="2"), clip("b")], ["a4c"])
    assert chosen_clips(rows) == {"b": "a4c"}


def test_tie_is_broken_by_name_whatever_the_order():
    clips = [clip("b"), clip("a"), clip("c")]
    assert chosen_clips(choose_clips(clips, ["a4c"])) == {"a": "a4c"}
    assert chosen_clips(choose_clips(clips[::-1], ["a4c"])) == {"a": "a4c"}


def test_excluded_clips_are_not_looked_at():
    assert choose_clips([clip("a", status="excluded", fps="", frames="")], ["a4c"]) == []


def test_other_view_is_named():
    (row,) = choose_clips([clip("a", view="plax")], ["a4c"])
    assert (row["chosen"], row["reason"]) == ("no", "other_view")
    assert "plax" in row["note"]


def test_view_that_nothing_states_is_taken_for_the_only_one_measured_and_says_so():
    (row,) = choose_clips([clip("a", view="")], ["a4c"])
    assert (row["view"], row["view_source"], row["chosen"]) == ("a4c", "assumed", "yes")
    assert row["note"]


def test_view_that_nothing_states_cannot_be_placed_among_several():
    (row,) = choose_clips([clip("a", view="")], ["a4c", "a2c"])
    assert (row["chosen"], row["reason"]) == ("no", "other_view")


def test_each_wanted_view_gets_its_clip():
    rows = choose_clips([clip("a"), clip("b", view="a2c")], ["a4c", "a2c"])
    assert chosen_clips(rows) == {"a": "a4c", "b": "a2c"}
