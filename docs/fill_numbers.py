"""Fills the numbers of README, docs and cards from where they stand.

    python docs/fill_numbers.py

Between `<!-- numbers: NAME -->` and `<!-- end -->` of a text stands what the function NAME of
PARTS gives (with the words after it as arguments): tables out of benchmarks/accuracy/*.tsv,
benchmarks/scale.tsv and benchmarks/speed.tsv, which benchmarks write, and out of
workflow/models/models.yaml, which trainings write. A test compares.
"""

import csv
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
MARKED = re.compile(r"(<!-- numbers: (?P<name>[^>]*?) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)
TEXTS = ("*.md", "docs/*.md", "config/*.md", "benchmarks/*.md", "workflow/models/*.md")
MINUS = "\N{MINUS SIGN}"
ED_ES = ("ed", "es")


@cache
def rows(file: str) -> tuple[dict, ...]:
    """Rows of benchmarks/accuracy/FILE.tsv."""
    path = ROOT / "benchmarks" / "accuracy" / f"{file}.tsv"
    with path.open(newline="", encoding="utf-8") as stream:
        return tuple(csv.DictReader(stream, delimiter="\t"))


def row(file: str, method: str, quantity: str, condition: str | None = None) -> dict:
    """The one row of a method and quantity (and condition)."""
    (found,) = (
        one
        for one in rows(file)
        if (one["method"], one["quantity"]) == (method, quantity)
        and condition in (None, one["condition"])
    )
    return found


@cache
def measured(network: str) -> dict:
    """What models.yaml says was measured of a network."""
    text = (ROOT / "workflow" / "models" / "models.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)[network]["measured"]


def number(value: str | float, decimals: int = 1, *, sign: bool = False) -> str:
    """A number as texts print it: a true minus, and a plus where a difference is meant.

    >>> number("-14.41"), number(1.5, sign=True), number("-0.04")
    ('−14.4', '+1.5', '0.0')
    """
    text = f"{float(value):.{decimals}f}"
    if float(text) == 0:
        return text.lstrip("-")
    return text.replace("-", MINUS) if text[0] == "-" else f"{'+' if sign else ''}{text}"


def error(one: dict) -> str:
    """Bias and SD of a row: +1.5 ± 1.1."""
    return f"{number(one['value'], sign=True)} ± {number(one['sd'])}"


def table(head: list[str], body: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in lines) + "\n"


def in_order(file: str, quantity: str, key: str) -> list[str]:
    """What stands in a column of the rows of a quantity, each once, in their order."""
    return list(dict.fromkeys(one[key] for one in rows(file) if one["quantity"] == quantity))


def headline() -> str:
    """README's table: one row a kind of data, real data first."""
    best = {
        quantity: row("real", "best", quantity)
        for quantity in ("gls_median", "gls_median_normal_ef")
    }
    gls, normal = best.values()
    ef = row("real", "expert", "ejection_fraction")
    outline = number(row("real", "outline", "gls_median")["value"])
    traced = number(row("real", "expert", "traced_strain_mean")["value"])
    body = [
        [
            "**real clips**, truth unknown: EchoNet-Dynamic videos of 112 x 112 pixels, ejection "
            f"fraction {number(ef['low'], 0)} to {number(ef['high'], 0)} %",
            gls["n"],
            f"median {number(gls['value'])} ({number(normal['value'])} where the ejection fraction "
            f"is 55 % or more, n {normal['n']}); by the outlines alone {outline}; experts' "
            f"endocardium {traced} on average, which shortens more than the middle of the wall",
        ]
    ]
    for condition, words in (
        ("112 pixels, H.264, more clutter that stands still", "CAMUS moved by a known strain, "
         "shrunk to 112 pixels, H.264"),
        ("full size", "the same at full size, uncompressed"),
    ):  # fmt: skip
        one = row("carried", "best", "gls_error", condition)
        body.append([f"**real images, simulated motion**: {words}", one["n"], error(one)])
    one = row("simulated", "best", "gls_error")
    body.append(["**simulated patients** of the default study", one["n"], error(one)])
    return table(["what was measured", "n", "GLS"], body)


def real_clips() -> str:
    """Real clips: a row a quantity, a column a method."""
    methods = in_order("real", "gls_median", "method")

    def cells(quantity, write):
        return [write(row("real", method, quantity)) for method in methods]

    normal = row("real", methods[0], "gls_median_normal_ef")["n"]
    spread = [
        f"{number(row('real', method, 'beat_sd')['value'])} points; "
        f"{number(row('real', method, 'beat_sd_share')['value'], 0)} %"
        for method in methods
    ]
    body = [
        ["measured", *cells("gls_median", lambda one: one["n"])],
        ["GLS, median", *cells("gls_median", lambda one: f"{number(one['value'])} %")],
        [
            f"GLS where the ejection fraction is 55 % or more, median (n {normal})",
            *cells("gls_median_normal_ef", lambda one: f"{number(one['value'])} %"),
        ],
        ["SD from beat to beat, mean; share of GLS", *spread],
        [
            "displacement of the annulus by the tracked wall over that by the outlines, median "
            "(lowest to highest)",
            *cells(
                "annulus_ratio_median",
                lambda one: (
                    f"{number(one['value'], 2)} ({number(one['low'], 2)} to "
                    f"{number(one['high'], 2)})"
                ),
            ),
        ],
        [
            "displacement of the annulus over that of experts' tracings (ED, ES), ratio of means",
            *cells("annulus_over_traced", lambda one: number(one["value"], 2)),
        ],
    ]
    n = max(int(one["n"]) for one in rows("real"))
    traced = row("real", "expert", "traced_strain_mean")
    return (
        table([f"of the {n} clips", *(f"`{method}`" for method in methods)], body)
        + f"\nExperts' tracings of the endocardium: {number(traced['value'])} % on average "
        f"(n {traced['n']}).\n"
    )


def carried() -> str:
    """Real images with simulated motion: a row a condition, a column a method."""
    methods = in_order("carried", "gls_error", "method")
    body = [
        [
            condition,
            row("carried", methods[0], "gls_error", condition)["n"],
            *(error(row("carried", method, "gls_error", condition)) for method in methods),
        ]
        for condition in in_order("carried", "gls_error", "condition")
    ]
    return table(["recorded", "n", *(f"`{method}`" for method in methods)], body)


def simulated() -> str:
    """Simulated patients: a row a method, with what it states of its own error."""
    body = []
    for method in in_order("simulated", "gls_error", "method"):
        one = row("simulated", method, "gls_error")
        (sd,) = (
            other
            for other in rows("simulated")
            if other["method"] == method and other["quantity"] in ("gls_sd", "gls_model_sd")
        )
        covers = row("simulated", method, f"{sd['quantity']}_covers")
        words = f"`{sd['quantity']}`, {number(sd['value'])} on average"
        held = f"{number(covers['value'], 0)} of {covers['n']}"
        body.append([f"`{method}`", one["n"], error(one), words, held])
    head = ["method", "n", "bias ± SD", "random error (SD) that it states"]
    return table([*head, "truth within 1.96 SD"], body)


def ablation() -> str:
    """Every part taken away or exchanged: GLS and segments of each method."""
    config = yaml.safe_load((ROOT / "config" / "ablation.yaml").read_text(encoding="utf-8"))
    body = []
    for method in in_order("ablation", "gls_error", "method"):
        parts = config["methods"][method]
        one, segments = (
            row("ablation", method, name) for name in ("gls_error", "segment_error_mean_absolute")
        )
        names = [f"`{parts[name]}`" for name in ("segmentation", "motion", "fusion")]
        body.append([f"`{method}`", *names, one["n"], error(one), number(segments["value"])])
    counts = [int(r["n"]) for r in rows("ablation") if r["quantity"].startswith("segment")]
    n = " to ".join(map(str, sorted({min(counts), max(counts)})))
    head = ["method", "outline", "motion", "fusion", "n", "GLS, bias ± SD"]
    return table([*head, f"segments, mean absolute error (n {n})"], body)


def segments() -> str:
    """Segments: a row a kind of data and method, with the stated error and what flags tell."""
    body = []
    for data in in_order("segments", "segment_error", "data"):
        of_data = [one for one in rows("segments") if one["data"] == data]
        for method in dict.fromkeys(one["method"] for one in of_data):
            found = {one["quantity"]: one for one in of_data if one["method"] == method}
            one = found["segment_error"]
            share = number(found["segment_difference_found"]["value"], 2)
            sd = found.get("segment_sd")
            stated = [number(sd["value"]), count(found["segment_sd_covers"])] if sd else ["", ""]
            of_size = [
                f"{count(found[size + '_flagged'])} ({found[size + '_doubted']['value']})"
                if size + "_flagged" in found
                else "none is"
                for size in ("wrong", "right")
            ]
            cells = [one["n"], error(one), share, *stated, *of_size]
            body.append([data, f"`{method}`", *cells])
    head = ["data", "method", "segments", "error", "share of differences found"]
    head += ["`segment_sd`, mean", "truth within 1.96 SD", "flagged, of those > 6 points off"]
    healthy, every = (row("segments", "truth", name) for name in ("largest_step_95", "step_99"))
    hearts = (
        f"In 95 of 100 of {healthy['n']} simulated hearts without a regional disease neighbouring "
        f"segments differ by less than {number(healthy['value'])} points; of all pairs of "
        f"neighbours (n {every['n']}) one in 100 differs by more than {number(every['value'])}, at "
        f"most by {number(every['high'])}."
    )
    return f"{table([*head, 'of those < 3 points off'], body)}\n{hearts}\n"


def count(one: dict) -> str:
    """A number of things out of n: 3 of 8."""
    return f"{number(one['value'], 0)} of {one['n']}"


def filter_settings() -> str:
    """How much the paper's filter trusts outlines: GLS, and how far its wall leaves them."""
    body = []
    for condition in in_order("filter_settings", "gls_error", "condition"):
        one, off = (
            row("filter_settings", "paper", name, condition)
            for name in ("gls_error", "off_outline_rms")
        )
        body.append([condition, one["n"], error(one), f"{number(off['value'])} mm"])
    return table(["`contour_sd_mm`, `along_sd_mm`", "n", "GLS, bias ± SD", "off the outline"], body)


def versions(file: str) -> str:
    """Which version a table was measured with, and by which commands."""
    known = " and ".join(dict.fromkeys(one["version"] for one in rows(file)))
    commands = dict.fromkeys(one["command"] for one in rows(file))
    lines = "\n".join(f"    {command}" for command in commands)
    return f"Measured with version {known}:\n\n{lines}\n"


def segmentation() -> str:
    """Both U-Nets on the validation patients of CAMUS."""
    body = []
    for network, words in (("unet", "the paper's, 256 x 256"), ("fast", "128 x 128")):
        found = measured(network)
        dice = [
            f"{number(found[f'{label}_dice'], 3)} ± {number(found[f'{label}_dice_sd'], 3)}"
            for label in ("cavity", "myocardium")
        ]
        distances = [
            number(found[f"myocardium_{phase}_mean_absolute_distance_mm"], 2) for phase in ED_ES
        ]
        body.append([f"`{network}`, {words}", *dice, f"{' / '.join(distances)} mm"])
    body.append(["Østvik 2018, their 50 patients", "", "0.87 ± 0.03", ""])
    head = ["network, in 8-bit integers", "cavity Dice", "myocardium Dice"]
    return table([*head, "mean absolute distance of the myocardium, ED / ES"], body)


def dice(network: str) -> str:
    """A U-Net's card: means over patients, and every label and phase."""
    found = measured(network)
    means = ", ".join(
        f"{label} {number(found[f'{label}_dice'], 3)} ± {number(found[f'{label}_dice_sd'], 3)}"
        for label in ("cavity", "myocardium", "atrium")
    )
    body = [
        [
            label,
            phase.upper(),
            number(found[f"{label}_{phase}_dice"], 3),
            number(found[f"{label}_{phase}_mean_absolute_distance_mm"], 2),
            number(found[f"{label}_{phase}_hausdorff_mm"], 2),
        ]
        for label in ("cavity", "myocardium", "atrium")
        for phase in ED_ES
    ]
    head = ["label", "phase", "Dice", "mean absolute distance, mm", "Hausdorff distance, mm"]
    return f"Mean Dice and SD over patients: {means}.\n\n{table(head, body)}"


def motion(network: str) -> str:
    """A motion network's card: end-point error and slope on held-out pairs."""
    found = measured(network)
    body = [
        [
            words,
            number(found[f"{kind}_endpoint_error_px"], 3),
            number(found[f"{kind}_slope"], 2),
        ]
        for kind, words in (("real_texture", "real texture"), ("simulated", "simulated"))
    ]
    return table(["pairs", "end-point error, px", "slope of estimated on true motion"], body)


def views() -> str:
    """The view classifier's card."""
    found = measured("views")

    def line(words, n, right, f1):
        shown = ["" if one is None else number(one, 3) for one in (right, f1)]
        return [words, str(n), *shown]

    kinds = {
        "real": "real: CAMUS validation patients, four-chamber",
        "rearranged": "the same re-arranged, all views",
        "drawn": "drawn pictures of no view",
        "simulated": "simulated, all views",
        "simulated_other_seed": "simulated, all views, another seed",
    }
    body = [
        line(
            words,
            found[f"{kind}_images"],
            found[f"{kind}_accuracy"],
            found.get(f"{kind}_a4c_f1"),
        )
        for kind, words in kinds.items()
    ]
    head = ["images", "n", "right", "F1 of four-chamber"]
    calibration = number(found["calibration_error"], 3)
    return f"Expected calibration error {calibration}.\n\n{table(head, body)}"


def scale() -> str:
    """What a patient costs in a large cohort, of benchmarks/scale.tsv: of each kind the most
    patients that were tried."""
    path = ROOT / "benchmarks" / "scale.tsv"
    with path.open(newline="", encoding="utf-8") as stream:
        found = list(csv.DictReader(stream, delimiter="\t"))
    drawn = {"figures": "figures", "report_page": "the report"}
    kinds = {
        "plan": "a plan, `snakemake -n -q`",
        "no-op": "`snakemake` with nothing to do",
        "fixed": "a study of patients without a usable clip",
        "collect": "tables of the cohort",
    }
    parts: dict[str, list[dict]] = {words: [] for words in (*kinds.values(), *drawn.values())}
    for one in found:
        if one["kind"] in kinds:
            parts[drawn.get(one["name"], kinds[one["kind"]])].append(one)
    body = []
    for words, those in parts.items():
        most = max(int(one["patients"]) for one in those)
        largest = [one for one in those if int(one["patients"]) == most]
        seconds, slopes = (
            sum(float(one[key]) for one in largest) for key in ("cpu_s", "slope_cpu_s")
        )
        memory, more = (max(float(one[key]) for one in largest) for key in ("peak_mb", "slope_mb"))
        told = (
            number(seconds),
            number(1000 * slopes, 0),
            number(memory, 0),
            number(1000 * more, 0),
        )
        body.append([words, f"{most:,}", *told])
    (disk,) = (one for one in found if one["kind"] == "results")
    head = ["what", "patients", "s", "ms more a patient", "MB", "kB more a patient"]
    methods = ", ".join(f"`{name}`" for name in disk["methods"].split())
    words = (
        "Processor time of all processes, memory of the largest one. Methods "
        f"{methods}; {disk['processor']}, with other work beside it. A patient with a clip of 30 "
        f"frames leaves {number(disk['size_mb'])} MB on the disk."
    )
    return f"{table(head, body)}\n{words}\n"


@cache
def costs() -> dict[tuple[str, str], dict]:
    """Rows of benchmarks/speed.tsv by kind and name."""
    with (ROOT / "benchmarks" / "speed.tsv").open(newline="", encoding="utf-8") as stream:
        return {(one["kind"], one["name"]): one for one in csv.DictReader(stream, delimiter="\t")}


def stages() -> str:
    """Wall time a frame of each stage of the default methods, and what they take in all."""
    found = costs()
    methods = yaml.safe_load((ROOT / "config" / "config.yaml").read_text("utf-8"))["methods"]
    jobs = {
        method: {
            "view": "classify_view",
            "outlines": f"segment.{of['segmentation']}",
            "motion": f"track.{of['motion']}.{of['segmentation']}",
            "fusion and strain": f"measure.{method}",
        }
        for method, of in methods.items()
    }
    whole = {method: found["method", method] for method in methods}
    body = []
    for stage in next(iter(jobs.values())):
        cells = []
        for method in methods:
            took = float(found["stage", jobs[method][stage]]["cold_wall_ms"])
            share = 100 * took / float(whole[method]["cold_wall_ms"])
            cells.append(f"{number(took, 0)} ({number(share, 0)} %)")
        body.append([stage, *cells])
    for words, key in (
        ("all of it", "cold_wall_ms"),
        ("without start-up", "warm_wall_ms"),
        ("processor time of all of it", "cold_cpu_ms"),
        ("times OpenCV's DIS", "ratio"),
        ("memory, MB", "peak_mb"),
    ):
        decimals = 1 if key == "ratio" else 0
        body.append([words, *(number(whole[method][key], decimals) for method in methods)])
    head = ["ms a frame", *(f"`{method}`" for method in methods)]
    ingest = number(found["stage", "ingest"]["cold_wall_ms"], 0)
    unit = number(found["motion", "OpenCV DIS"]["warm_cpu_ms"], 0)
    (machine,) = {one["machine"] for one in found.values()}
    words = (
        f"Two simulated patients, two cores: {machine}. Reading the clip takes {ingest} ms a frame "
        f"more. OpenCV's DIS takes {unit} ms of processor time a pair of frames."
    )
    return f"{table(head, body)}\n{words}\n"


def runtimes() -> str:
    """Processor time of a call of each shipped graph on each runtime, and how far it is off."""
    graphs: dict[str, dict[str, dict]] = {}
    for (kind, name), one in costs().items():
        if kind == "graph":
            graph, _, where = name.partition(" on ")
            graphs.setdefault(graph, {})[where] = one
    places = list(dict.fromkeys(where for of in graphs.values() for where in of))
    body = []
    for graph, of in graphs.items():
        cells = []
        for where in places:
            if (one := of.get(where)) is None:
                cells.append("")
                continue
            cell = f"{number(one['warm_cpu_ms'])} (first {number(one['cold_cpu_ms'], 0)})"
            cells.append(cell if where == "LiteRT" else f"{cell}, {float(one['accuracy']):.1g}")
        body.append([f"`{graph}`", *cells])
    return table(["graph, all but `views` in 8 bits", *places], body) + "\n"


PARTS: dict[str, Callable[..., str]] = {
    part.__name__: part
    for part in (
        *(headline, real_clips, carried, simulated, ablation, segments),
        *(filter_settings, versions, scale, stages, runtimes),
        *(segmentation, dice, motion, views),
    )
}


def filled(text: str) -> str:
    """A text with what stands between its markers made anew."""

    def part(found):
        name, *arguments = found["name"].split()
        return f"{found[1]}{PARTS[name](*arguments)}{found[4]}"

    return MARKED.sub(part, text)


def texts() -> list[Path]:
    """The texts with markers."""
    paths = sorted(path for pattern in TEXTS for path in ROOT.glob(pattern))
    return [path for path in paths if MARKED.search(path.read_text(encoding="utf-8"))]


def main() -> None:
    for path in texts():
        before = path.read_text(encoding="utf-8")
        after = filled(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
