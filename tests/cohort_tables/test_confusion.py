import doctest

from echogls.cohort_tables import confusion

CLIPS = {
    "p1": [{"clip": "a", "view": "a4c"}, {"clip": "b", "view": "plax"}, {"clip": "c", "view": ""}],
    "p2": [{"clip": "a", "view": "a4c"}],
}
VIEWS = {
    "p1": [
        {"clip": "a", "classified": "a4c"},
        {"clip": "b", "classified": "a4c"},
        {"clip": "c", "classified": "a4c"},
    ],
    "p2": [{"clip": "a", "classified": "a4c"}],
}


def test_clips_are_counted_by_stated_and_classified_view():
    rows = confusion.confusion_rows("c", CLIPS, VIEWS)
    counts = [(row["true"], row["classified"], row["n"]) for row in rows]
    assert counts == [("a4c", "a4c", 2), ("plax", "a4c", 1)]  # clip c: no view is stated
    assert confusion.f1_percent(rows, "a4c") == (100 * 4 / 5, 3)
    assert confusion.f1_percent(rows, "plax") == (0.0, 3)


def test_without_a_classifier_there_is_nothing_to_count():
    views = {"p1": [{"clip": "a"}], "p2": [{"clip": "a", "classified": ""}]}
    assert confusion.confusion_rows("c", CLIPS, views) == []
    assert confusion.f1_percent([], "a4c") == (None, 0)


def test_examples():
    assert doctest.testmod(confusion).failed == 0
