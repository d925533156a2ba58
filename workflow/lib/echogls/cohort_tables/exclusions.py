"""What did not make it into the comparison, at which stage and why; and how many came how far."""

from collections import Counter
from collections.abc import Mapping, Sequence

from echogls.study import REASONS, UNTOLD, headline_view

# Of a comparison `rater` is "rater_1 and rater_2", which stand apart, too.
RATERS = ("rater_1", "rater_2")
COLUMNS = ("cohort", "patient", "clip", "rater", "stage", "status", "reason", "note", *RATERS)
FLOW_CHART_COLUMNS = ("cohort", "rater", "stage", "unit", "kind", "reason", "n", *RATERS)


def exclusion_rows(
    cohort: str,
    clips: Mapping[str, list[dict]],
    views: Mapping[str, list[dict]],
    measurements: Sequence[dict],
    *,
    readings: Sequence[dict] = (),
    pairs: Sequence[dict] = (),
    quality: Sequence[dict] = (),
) -> list[dict]:
    """Rows with COLUMNS: each clip that ingest or the choice of clip left out, each measurement
    that a method could not make, each reading that is unusable, and each patient whom only one
    of two raters measured. What a recording does not tell (study.UNTOLD) is not left out.

    Parameters
    ----------
    clips, views : patient -> rows of clips.tsv and of views.tsv.
    measurements, readings, pairs : rows of the cohort's measurements.tsv, readers.tsv and
        pairs.tsv; a cohort without readers has none of the last two.
    quality : of quality.tsv, which says of a clip without a beat or a plausible outline what came.
    """
    rows = []
    for patient in clips:
        where = {"cohort": cohort, "patient": patient, "status": "excluded"}
        for clip in clips[patient]:
            if clip["status"] != "ok":
                rows.append(where | _why(clip, "ingest"))
        for clip in views[patient]:
            if clip["chosen"] != "yes":
                rows.append(where | _why(clip, "classify_view"))
    of_view: dict[tuple[str, str], list[dict]] = {}
    for row in quality:
        of_view.setdefault((row["patient"], row["view"]), []).append(row)
    for stage, table in (("strain", measurements), ("read_readers", readings)):
        for row in table:
            if row["status"] != "ok" and row["reason"] not in UNTOLD:
                kept = {key: row[key] for key in ("patient", "rater", "status")}
                facts = of_view.get((row["patient"], row.get("view", "")), ())
                what = {"note": _what_came(row, facts)} if stage == "strain" else {}
                lost = {"cohort": cohort} | kept | _why(row | what, stage, _place(row))
                # A segment's measures are left out together, and are one row.
                if row.get("segment", "global") == "global" or lost not in rows[-1:]:
                    rows.append(lost)
    for row in pairs:
        if row["status"] != "ok":
            kept = _both(row["rater_1"], row["rater_2"])
            kept |= {"patient": row["patient"], "status": row["status"]}
            rows.append({"cohort": cohort} | kept | _why(row, "agreement"))
    return rows


def flow_chart_rows(
    cohort: str,
    clips: Mapping[str, list[dict]],
    views: Mapping[str, list[dict]],
    measurements: Sequence[dict],
    pairs: Sequence[dict] = (),
) -> list[dict]:
    """How many patients and clips entered, were excluded and why, and were measured: the boxes
    of a flow chart (STARD 2015, item 19), as rows with FLOW_CHART_COLUMNS.

    Parameters
    ----------
    See `exclusion_rows`.

    Returns
    -------
    Rows in the order of the data: `kind` is entered, excluded or left; `rater` is empty as long
    as the methods have not parted. A patient counts as measured by a method with a value of the
    cohort's view (of several, their average: study.headline_view), as compared where both
    raters have one.
    """
    rows: list[dict] = []

    def add(stage, unit, kind, n, reason="", **raters):
        values = (cohort, stage, unit, kind, reason, n)
        names = ("cohort", "stage", "unit", "kind", "reason", "n")
        row = dict.fromkeys(FLOW_CHART_COLUMNS, "") | dict(zip(names, values, strict=True))
        rows.append(row | raters)

    def add_reasons(stage, unit, reasons, **raters):
        for reason, n in Counter(reasons).most_common():
            add(stage, unit, "excluded", n, reason, **raters)

    seen = [row for table in clips.values() for row in table]
    placed = [row for table in views.values() for row in table]
    add("enrolment", "patients", "entered", len(clips))
    add("enrolment", "clips", "entered", len(seen))
    add_reasons("ingest", "clips", [row["reason"] for row in seen if row["status"] != "ok"])
    add("ingest", "clips", "left", sum(row["status"] == "ok" for row in seen))
    unchosen = [row["reason"] for row in placed if row["chosen"] != "yes"]
    add_reasons("classify_view", "clips", unchosen)
    add("classify_view", "clips", "left", len(placed) - len(unchosen))
    view = headline_view(measurements)
    measurements = [row for row in measurements if row["view"] == view]
    view = headline_view(pairs)  # a pass over all rows
    pairs = [row for row in pairs if row["view"] == view]
    for rater in dict.fromkeys(row["rater"] for row in measurements):
        of_rater = [row for row in measurements if row["rater"] == rater]
        measured = {row["patient"] for row in of_rater if row["status"] == "ok"}
        lost = {
            row["patient"]: row["reason"]
            for row in of_rater
            if row["status"] != "ok" and row["patient"] not in measured
        }
        add_reasons("strain", "patients", lost.values(), rater=rater)
        add("strain", "patients", "left", len(measured), rater=rater)
    for one, two in dict.fromkeys((row["rater_1"], row["rater_2"]) for row in pairs):
        of_pair = [row for row in pairs if (row["rater_1"], row["rater_2"]) == (one, two)]
        both = _both(one, two)
        lost = [row["reason"] for row in of_pair if row["status"] != "ok"]
        add_reasons("agreement", "patients", lost, **both)
        add("agreement", "patients", "left", len(of_pair) - len(lost), **both)
    return rows


def _both(rater_1, rater_2):
    return {"rater": f"{rater_1} and {rater_2}", "rater_1": rater_1, "rater_2": rater_2}


def _place(row):
    """View and segment of a measurement or reading, as words."""
    segment = row.get("segment", "")
    words = [row.get("view", ""), "" if segment == "global" else segment.replace("_", " ")]
    return ", ".join(filter(None, words))


def _what_came(row, of_view):
    """Of a clip that could not be measured, what quality.tsv's rows of its patient and view say
    came: its beats, or what was wrong with its outlines and in how many frames."""
    if row["reason"] in ("no_whole_systole", "doubtful_frame_times"):
        measures = ("frame_times_too_long", "beat_left_out")
        notes = [
            line["note"]
            for line in of_view
            if line["method"] == row["rater"] and line["measure"] in measures
        ]
        return "; ".join(dict.fromkeys(notes))
    if row["reason"] == "implausible_contour":
        implausible = [one for one in of_view if one["measure"] == "implausible"]
        frames = Counter((one["segmentation"], one["note"]) for one in implausible)
        return "; ".join(f"{note} in {n} frames" for (_, note), n in frames.most_common(3))
    return ""


def _why(row, stage, view=""):
    texts = [view, REASONS.get(row["reason"], ""), row.get("note", "")]
    return {
        "clip": row.get("clip", ""),
        "stage": stage,
        "reason": row["reason"],
        "note": ": ".join(text for text in texts if text),
    }
