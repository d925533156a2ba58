"""How long each stage took, from what Snakemake's benchmarks say: the rows of timing.tsv."""

from collections.abc import Mapping, Sequence

from echogls.views.chosen import chosen_clips

COLUMNS = ("cohort", "patient", "job", "seconds", "frames", "ms_per_frame", "max_rss_mb")
TOTAL = "total"  # total.{method}: a method's jobs together, a frame of the chosen clips
UNKNOWN = ("", "NA", "-")
# Stages that look at every usable clip; the others at the chosen ones alone.
BEFORE_CHOICE = ("ingest", "classify_view")


def frame_counts(
    clips: Mapping[str, Sequence[dict]], views: Mapping[str, Sequence[dict]]
) -> tuple[dict[str, int], dict[str, int]]:
    """Patient -> frames of its usable clips, and of those that are measured.

    clips, views : patient -> rows of clips.tsv and of views.tsv.
    """
    usable, chosen = {}, {}
    for patient, rows in clips.items():
        frames = {row["clip"]: int(row["frames"]) for row in rows if row["status"] == "ok"}
        usable[patient] = sum(frames.values())
        chosen[patient] = sum(frames[clip] for clip in chosen_clips(views[patient]))
    return usable, chosen


def timing_rows(
    cohort: str,
    frames: Mapping[str, int],
    chosen_frames: Mapping[str, int],
    benchmarks: Mapping[tuple[str, str], Sequence[dict]],
    methods: Mapping[str, Sequence[str]],
) -> list[dict]:
    """Rows with COLUMNS, one a patient and job, start-up of the job's process included,
    and one a patient and method for all the jobs that the method takes (TOTAL).

    Parameters
    ----------
    frames, chosen_frames : patient -> frames of its usable clips, and of the chosen ones.
    benchmarks : (patient, job) -> rows of the benchmark file (columns s, max_rss); of repeated
        runs the last counts. A job is named as its benchmark: ingest, segment, track.dis ...
    methods : method -> the jobs it takes, views and files included.
    """
    rows = []
    for (patient, job), runs in benchmarks.items():
        if not runs:
            continue
        seen = frames if job in BEFORE_CHOICE else chosen_frames
        seconds, count = float(runs[-1]["s"]), seen.get(patient, 0)
        memory = runs[-1].get("max_rss", "")
        rows.append(
            {
                "cohort": cohort,
                "patient": patient,
                "job": job,
                "seconds": seconds,
                "frames": count,
                "ms_per_frame": 1000 * seconds / count if count else None,
                # of a job that ends before it is looked at 0 is written, which no process needs
                "max_rss_mb": (float(memory) or None) if memory not in UNKNOWN else None,
            }
        )
    took = {(row["patient"], row["job"]): row["seconds"] for row in rows}
    for patient in dict.fromkeys(row["patient"] for row in rows):
        for method, jobs in methods.items():
            if not all((patient, job) in took for job in jobs):
                continue
            seconds = sum(took[patient, job] for job in jobs)
            count = chosen_frames.get(patient, 0)
            rate = 1000 * seconds / count if count else None
            head = {"cohort": cohort, "patient": patient, "job": f"{TOTAL}.{method}"}
            rows.append(head | {"seconds": seconds, "frames": count, "ms_per_frame": rate})
    return rows
