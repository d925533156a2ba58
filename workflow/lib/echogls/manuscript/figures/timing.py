"""Run time by stage: milliseconds a frame, a dot a patient."""

from collections.abc import Sequence

import seaborn as sns
from matplotlib.axes import Axes

from echogls.manuscript.figures.style import FEWEST, INK, METHOD, tidy
from echogls.manuscript.wording import job_name


def timing_jobs(timing: Sequence[dict]) -> list[str]:
    """The jobs that have a time a frame, in their order."""
    return list(dict.fromkeys(row["job"] for row in timing if row["ms_per_frame"]))


def draw_timing(axes: Axes, timing: Sequence[dict]) -> None:
    """Draw the rows of timing.tsv; a job without frames is left out."""
    order = timing_jobs(timing)
    times = {job: [] for job in order}
    for row in timing:
        if row["ms_per_frame"]:
            times[row["job"]].append(float(row["ms_per_frame"]))
    boxed = [(t, job) for job in order if len(times[job]) >= FEWEST for t in times[job]]
    style = {"order": order, "ax": axes, "orient": "h"}
    if boxed:
        x, y = map(list, zip(*boxed, strict=True))
        line = {"color": INK, "linewidth": 0.6}
        sns.boxplot(x=x, y=y, width=0.6, showfliers=False, fill=False, **line, **style)
    every = [(t, job) for job in order for t in times[job]]
    if every:
        x, y = map(list, zip(*every, strict=True))
        sns.stripplot(x=x, y=y, size=2, jitter=0.15, color=METHOD, **style)
    labels = [f"{job_name(job)} (n = {len(times[job])})" for job in order]
    axes.set_yticks(range(len(order)), labels)
    axes.set_xlabel("wall time a frame, start-up of each job included (ms)")
    axes.set_ylabel("")
    axes.set_xlim(left=0)
    tidy(axes)
