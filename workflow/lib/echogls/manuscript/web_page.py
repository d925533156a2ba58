"""The report of a run: one HTML file that holds all it shows."""

import base64
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image, ImageSequence

from echogls import __version__
from echogls.manuscript.checklists import Checklist
from echogls.manuscript.tables.table import SIGN_NOTE, Table
from echogls.manuscript.typeset import template

MOVIES_AT_ONCE = 2  # decoding and encoding run outside the interpreter's lock
USUAL_SHAPE = 1.3  # width over height of one view
TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}


def data_url(path: Path) -> str:
    """An image file as a data URL."""
    code = base64.b64encode(Path(path).read_bytes()).decode("ascii")
    return f"data:{TYPES[Path(path).suffix]};base64,{code}"


def small_movie(path: Path, width: int = 360, most: int = 40) -> str:
    """An animated WebP as a data URL, at most `width` pixels wide (where views are side by side,
    each of them) and about `most` frames long, at its own speed."""
    frames, milliseconds = [], []
    with Image.open(path) as movie:
        every = -(-movie.n_frames // most)
        width *= max(round(movie.width / movie.height / USUAL_SHAPE), 1)
        for place, frame in enumerate(ImageSequence.Iterator(movie)):
            lasts = int(frame.info.get("duration", 40))
            if place % every:
                milliseconds[-1] += lasts
                continue
            picture = frame.convert("RGB")
            picture.thumbnail((width, 2 * width))
            frames.append(picture)
            milliseconds.append(lasts)
    buffer = io.BytesIO()
    options = {"quality": 45, "method": 0, "loop": 0, "duration": milliseconds}
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:], **options)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def report_page(
    *,
    methods: Sequence[str],
    results: Sequence[str],
    tables: Sequence[Table],
    figures: Sequence[dict],
    checklists: Sequence[Checklist],
    simulated: Sequence[str],
    cohorts: Sequence[dict],
) -> str:
    """The page as text.

    Parameters
    ----------
    figures : dicts with `path` and `caption`.
    cohorts : dicts with `label` and `patients`: dicts with `title`, `flags` (lines of text)
        and the files `movie` (WebP, not of every method), `curve`, and `bullseye` if there is one.
    """
    shown = [{"caption": one["caption"], "data": data_url(one["path"])} for one in figures]
    paths = [one["movie"] for c in cohorts for one in c["patients"] if "movie" in one]
    with ThreadPoolExecutor(MOVIES_AT_ONCE) as pool:
        movies = dict(zip(paths, pool.map(small_movie, paths), strict=True))
    people = [
        {
            "label": cohort["label"],
            "patients": [
                {
                    "title": one["title"],
                    "flags": one.get("flags", []),
                    "images": [
                        *([movies[one["movie"]]] if "movie" in one else []),
                        *(data_url(one[name]) for name in ("curve", "bullseye") if name in one),
                    ],
                }
                for one in cohort["patients"]
            ],
        }
        for cohort in cohorts
    ]
    return template("report.html.jinja", escape_html=True).render(
        methods=methods,
        results=results,
        tables=tables,
        figures=shown,
        checklists=checklists,
        simulated=simulated,
        cohorts=people,
        version=__version__,
        sign=SIGN_NOTE,
    )
