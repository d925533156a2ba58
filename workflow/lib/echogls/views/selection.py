"""Choose the clip of each view that a patient's measurement is made on, and say why.

A clip's view is, in this order: what the study's sheet of clips says; what the source or
the cohort's sheet states, unless the study wants that checked; what the classifier
recognises with at least the config's confidence, if the second opinion does not object. Of
several clips of a view the one with the highest score is measured, or all of them, as repeats.
"""

from collections.abc import Mapping, Sequence

from echogls.study import VIEWS, StudyError, nearest
from echogls.views import shape
from echogls.views.opinion import APICAL, Opinion

# What of a clip makes it the better one, and how much; each part is 0..1. By judgement.
WEIGHTS = {
    "confidence": 0.40,  # probability of its view
    "contour": 0.20,  # share of the frames looked at with a plausible outline
    "rate": 0.15,  # frame rate, ENOUGH_FPS is enough
    "beats": 0.15,  # whole beats, two are enough
    "coverage": 0.10,  # share of the ventricle's outline within the sector
}
# Probability at which faults that true views have too (shape.SOFT) are no objection; by judgement.
SURE = 0.9
ALL_PLAUSIBLE = 0.9  # share of frames; of three in four mirrored four-chamber clips it is less
# What a clip needs of which the outline decides that it shows an apical view. By judgement.
CARRIED = {
    "share": 0.99,  # of the frames looked at, plausible
    "textbook": 0.75,  # of them, and as in textbooks
    "change": 0.12,  # of the cavity's area: stills do not beat
    "coverage": 0.6,  # of the ventricle's outline, in the sector
    "other": 0.1,  # probability of views that are not apical, together, at most
    "apical": 0.01,  # of the apical views, together, at least
}
ENOUGH_FPS = 60.0  # Voigt et al. 2015 ask for 40 to 80 frames/s
ENOUGH_BEATS = 2  # a second one shows how a beat differs from the next
SLOW_BEAT_S = 0.85  # of a beat where no R waves are known: 70 a minute, an adult's at rest
CHOICES = ("yes", "no")
REPEATS = ("best", "all")
COLUMNS = (
    "clip",
    "view",
    "view_source",
    "override",
    "chosen",
    "repeat",
    "reason",
    "note",
    "score",
    *(f"score_{part}" for part in WEIGHTS),
    "classified",
    "confidence",
    "mirrored",
    "shape",
    "area_change",
    *(f"probability_{view}" for view in VIEWS),
)


def choose_clips(
    clips: list[dict],
    wanted: Sequence[str],
    opinions: Mapping[str, Opinion] | None = None,
    *,
    threshold: float = 0.5,
    overrides: Sequence[Mapping[str, str]] = (),
    trust_stated: bool = True,
    repeats: str = "best",
) -> list[dict]:
    """Decide for each usable clip of one patient whether it is measured.

    Parameters
    ----------
    clips : rows of clips.tsv (study.CLIP_COLUMNS), as text.
    wanted : the cohort's views (keys of study.VIEWS).
    opinions : by clip; a clip without one has no view unless it is stated.
    threshold : a less probable view is unknown.
    overrides : this patient's rows of the sheet of clips: `clip`, and `view` or `chosen`
        (yes or no) or both. A clip chosen without a view shows the only wanted one.
    trust_stated : the view that a source states stands; else the classifier decides, and a
        note tells where the source says otherwise.
    repeats : one of REPEATS: the best clip of a view is measured, or all, numbered from the best.

    Returns
    -------
    Rows with COLUMNS, one a clip whose status is ok; `chosen` is yes or no, with a
    reason (study.REASONS) if no. Of several clips of a view the one that the sheet of clips
    names is chosen, else a sequence before two stills, then the higher score, then more
    frames, then the first name.

    Raises
    ------
    StudyError : the sheet names a clip that the patient does not have, or chooses two of a view.
    """
    usable = [clip for clip in clips if clip["status"] == "ok"]
    overridden = _by_clip(overrides, clips)
    rows = []
    for clip in usable:
        stated = dict(overridden.get(clip["clip"], {}))
        if stated.get("chosen") == "yes" and not stated.get("view") and len(wanted) == 1:
            stated["view"] = wanted[0]
        opinion = (opinions or {}).get(clip["clip"])
        row = _placed(clip, opinion, stated, threshold, trust_stated)
        if row["view"] not in wanted and not row["reason"]:
            row["reason"] = "other_view"
            row["note"] = _joined(f"{row['view']} is not among {', '.join(wanted)}", row["note"])
        rows.append(row)
    for view in wanted:
        own = [row for row in rows if row["view"] == view and not row["reason"]]
        _choose(own, view, every=repeats == "all")
    return [{key: row.get(key, "") for key in COLUMNS} for row in rows]


def _by_clip(overrides, clips):
    by_clip = {}
    names = [clip["clip"] for clip in clips]
    for row in overrides:
        if row["clip"] not in names:
            raise StudyError(
                f"sheet of clips: there is no clip '{row['clip']}'{nearest(row['clip'], names)}"
            )
        by_clip[row["clip"]] = row
    return by_clip


def _placed(clip, opinion, stated, threshold, trust_stated):
    """A clip's row with its view, and the reason if it cannot be measured."""
    row = {"clip": clip["clip"], "reason": "", "note": "", "chosen": "no", "asked": ""}
    row |= {"classified": "", "confidence": "", "order": (clip["kind"] != "sequence",)}
    if opinion is not None:
        row |= _as_classified(opinion, threshold)
    if stated.get("view"):
        row |= {"view": stated["view"], "view_source": "sheet of clips"}
    elif clip["view"] and trust_stated:
        row |= {"view": clip["view"], "view_source": "stated"}
    elif opinion is None:
        row |= {"view": "unknown", "view_source": "none", "reason": "unknown_view"}
    else:
        carried = carried_by_outline(opinion, threshold)
        row |= {"view": carried or row["classified"], "view_source": "classified"}
        if carried:
            row["view_source"] = "outline"
            row["note"] = (
                f"most probably {_words(opinion, opinion.best)}, but the outline is an apical "
                f"ventricle's in every frame, and of the apical views it is {carried}"
            )
        else:
            row |= _objection(opinion, row["classified"], threshold)
        if clip["view"] and clip["view"] != row["view"]:
            row["note"] = _joined(row["note"], f"the source says {clip['view']}")
    is_stated = row["view_source"] in ("stated", "sheet of clips")
    if is_stated and opinion is not None and row["classified"] != row["view"]:
        row["note"] = f"the classifier takes it for {_words(opinion, row['classified'])}"
    row["override"] = " ".join(key for key in ("view", "chosen") if stated.get(key))
    if stated.get("chosen") == "no":
        row["reason"] = "left_out_by_sheet"
    row["asked"] = stated.get("chosen", "")
    return row | _score(clip, opinion, row["view"])


def _as_classified(opinion, threshold):
    best = opinion.best
    confidence = opinion.probabilities[best]
    return {
        "classified": best if confidence >= threshold else "unknown",
        "confidence": confidence,
        "mirrored": opinion.mirrored,
        "shape": opinion.shape,
        "area_change": opinion.area_change,
    } | {f"probability_{view}": p for view, p in opinion.probabilities.items()}


def _objection(opinion, view, threshold):
    """Why a classified clip is not taken for a view after all, or nothing."""
    own = opinion.probabilities[opinion.best if view == "unknown" else view]
    if view in APICAL and opinion.shape != "plausible":
        note = f"taken for {_words(opinion, view)}, but {shape.CODES[opinion.shape]}"
        if opinion.shape in shape.SOFT and opinion.probabilities[view] >= SURE:
            return {"note": note}
        return {"view": "unknown", "reason": "implausible_view", "note": note}
    turned = f"a4c with probability {opinion.mirrored:.2f} if left and right are exchanged"
    # The mirror image of two-chamber views may look like four chambers, too: one that is surer as
    # it is stands, and so does one that is sure and whose outline is plausible throughout.
    stands = view in APICAL and own >= SURE and opinion.plausible_share >= ALL_PLAUSIBLE
    least = threshold if view not in ("a4c", "unknown") else SURE
    doubtful = view != "a4c" or own < SURE
    if doubtful and opinion.mirrored >= max(least, own) and not stands:
        return {"view": "unknown", "reason": "mirrored_view", "note": turned}
    if view == "unknown":
        note = f"most probably {_words(opinion, opinion.best)}"
        if opinion.mirrored >= threshold:
            note = _joined(note, turned)
        return {"reason": "unknown_view", "note": note}
    return {"note": f"taken for {_words(opinion, view)}"}


def carried_by_outline(opinion: Opinion, threshold: float) -> str:
    """The apical view of a clip that the classifier does not know, "" where there is none.

    Images of other makings (another simulator's, without a right heart or an atrium) are unlike
    all that the classifier has seen. Where it says "unknown" or is not sure, gives no other view
    more than CARRIED["other"], and the outline is plausible in every frame and beats as a heart
    does, the outline decides that it is an apical view, and the classifier only which.
    """
    probabilities = opinion.probabilities
    if probabilities[opinion.best] >= threshold and opinion.best != "unknown":
        return ""
    other = sum(p for view, p in probabilities.items() if view not in (*APICAL, "unknown"))
    apical = sum(probabilities[view] for view in APICAL)
    sound = (
        opinion.shape == "plausible"
        and opinion.plausible_share >= CARRIED["share"]
        and opinion.textbook_share >= CARRIED["textbook"]
        and opinion.area_change >= CARRIED["change"]
        and opinion.coverage >= CARRIED["coverage"]
    )
    best = max(APICAL, key=lambda view: probabilities[view])
    # Without a right heart left and right are alike, and so is what is said of them.
    turned = opinion.mirrored >= threshold and opinion.mirrored > 2 * probabilities["a4c"]
    if not sound or turned or other > CARRIED["other"] or apical < CARRIED["apical"]:
        return ""
    return best if probabilities[best] >= threshold * apical else ""


def _words(opinion, view):
    best = opinion.best if view == "unknown" else view
    return f"{best} with probability {opinion.probabilities[best]:.2f}"


def _score(clip, opinion, view):
    """The parts of the score and their weighted sum; what is not known counts nothing."""
    fps = float(clip["fps"] or 0) if clip["kind"] == "sequence" else 0.0
    frames, waves = int(clip["frames"] or 0), int(clip.get("r_waves") or 0)
    beats = waves - 1 if waves > 1 else int(frames / fps / SLOW_BEAT_S) if fps else 0
    parts = {"rate": min(fps / ENOUGH_FPS, 1.0), "beats": min(beats, ENOUGH_BEATS) / ENOUGH_BEATS}
    if opinion is not None:
        parts["confidence"] = opinion.probabilities[view]
        parts |= {"contour": opinion.plausible_share, "coverage": opinion.coverage}
    present = {part: value for part, value in parts.items() if value == value}
    score = sum(WEIGHTS[part] * value for part, value in present.items())
    order = (clip["kind"] != "sequence", -round(score, 6), -frames, clip["clip"])
    return {"score": score, "order": order} | {f"score_{part}": v for part, v in present.items()}


def _choose(rows, view, every=False):
    """Mark the best of a view's rows, or all that are moving where it is; the others say what
    they stand behind."""
    asked = [row for row in rows if row["asked"] == "yes"]
    if len(asked) > 1:
        names = " and ".join(row["clip"] for row in asked)
        raise StudyError(f"sheet of clips: chooses {names} for view {view}; choose one")
    for place, row in enumerate(
        sorted(rows, key=lambda row: (row["asked"] != "yes", row["order"]))
    ):
        if place == 0:
            row["chosen"], row["repeat"], best = "yes", 1, row
            continue
        if every and row["order"][0] == best["order"][0]:
            row["chosen"], row["repeat"] = "yes", place + 1
            continue
        row["reason"] = "not_best_clip"
        why = (
            f"the sheet of clips chooses {best['clip']}"
            if best["asked"] == "yes"
            else f"score {row['score']:.3f}, {best['clip']} has {best['score']:.3f}"
        )
        row["note"] = _joined(row["note"], why)


def _joined(*texts):
    return "; ".join(text for text in texts if text)
