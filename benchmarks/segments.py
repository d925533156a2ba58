"""What a segment's strain is worth: its error, the error that is stated, and the flags' limits.

    python benchmarks/segments.py path/to/camus [best dis ...] [--patients 13] [--clips 8]
        [--study 8] [--table segments.tsv] [--record]

Simulated patients of a seed of their own, of KINDS in turn (more with a regional disease than a
cohort has), and stills of CAMUS patients of carried.py's `--half 0` that beat with known strain,
every third of them recorded as people's clips are: on these the limits in
echogls/strain/segment_doubts.py were chosen. On the first patients of the default study they were
not. Each clip is measured by each method, and what the segments say of themselves stands in the
table beside their error. Clips that are in the table are not measured again.

Printed, by data and method: bias and mean absolute error of segments; which share of the true
differences from a patient's mean is found; how often the truth lies within 1.96 of the stated
`segment_sd`, by level of the wall; and what the flags of segments, and with them those of clips,
flag of segments more than WRONG points off and of those less than RIGHT; and by how much true
neighbours differ in simulated hearts. `--record` writes it to benchmarks/accuracy/segments.tsv.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import accuracy
import carried
import numpy as np

from echogls.cine import Cine
from echogls.cohorts import ingest_patient
from echogls.cohorts._arrays import array_clip
from echogls.simulation.anatomy import along_wall, draw_heart
from echogls.simulation.clip import simulate_clip
from echogls.simulation.patient import simulate_patient
from echogls.simulation.patient_names import patient_names
from echogls.simulation.recording import draw_recording
from echogls.simulation.truth import true_measures
from echogls.strain.cycle import Cycle, clip_beats
from echogls.strain.doubts import judge_clip
from echogls.strain.measure import measure_clip
from echogls.strain.segment_doubts import judge_segments
from echogls.strain.segments import segment_bounds, segment_lengths
from echogls.study import SEGMENTS, split_reasons
from echogls.tables import read_table, write_table
from echogls.training.cases import read_cases, split

HEARTS_SEED = 5
SEEDS = {"simulated": 77003, "CAMUS carried": 77004}  # none of them a study's
KINDS = (
    *("apical_infarct", "septal_hypokinesia", "lateral_hypokinesia", "normal"),
    *("apical_infarct", "dyssynchrony", "normal", "apical_infarct"),
)
CONDITIONS = {
    "simulated": "limits chosen on them",
    "CAMUS carried": "limits chosen on them",
    "default study": "limits not chosen on them",
}
FRAMES_PER_S = (40, 70)
# Points off the truth: twice the mean absolute error of `dis`, and one and a half that of `best`.
WRONG, RIGHT = 6.0, 3.0
LEVELS = ("basal", "mid", "apical")
# Flags of a clip that say of its motion that it may be wrong.
OF_MOTION = (
    *("motion_contradicts_outline", "annulus_contradicts_outline", "outline_left_behind"),
    *("strain_contradicts_volume", "outside_image", "implausible_side"),
)
FACTS = ("segment_sd", "segment_unevenness", "segment_drift")
COLUMNS = (
    *("data", "number", "kind", "method", "segment", "truth", "value", "error"),
    *(*FACTS, "flags", "clip_flags"),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("camus", type=Path, help="folder of CAMUS patients")
    parser.add_argument("methods", nargs="*", default=["best", "dis"])
    parser.add_argument("--patients", type=int, default=13, help="simulated")
    parser.add_argument("--clips", type=int, default=8, help="of CAMUS")
    parser.add_argument("--study", type=int, default=8, help="of the default study's patients")
    parser.add_argument("--table", type=Path, default=Path("segments.tsv"))
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    rows = read_table(arguments.table) if arguments.table.is_file() else []
    done = {(row["data"], int(row["number"]), row["method"]) for row in rows}
    config = carried.read_config()
    wanted = [("simulated", number) for number in range(arguments.patients)]
    wanted += [("CAMUS carried", number) for number in range(arguments.clips)]
    wanted += [("default study", number) for number in range(arguments.study)]
    for data, number in wanted:
        methods = [name for name in arguments.methods if (data, number, name) not in done]
        if methods:
            cine, truth, kind = clip_of(data, number, arguments.camus)
            head = {"data": data, "number": number, "kind": kind}
            for method, found in measured(config, methods, cine):
                rows += segment_rows(head | {"method": method}, truth, **found)
            write_table(arguments.table, rows, COLUMNS)
    rows = [
        row
        for row in read_table(arguments.table)
        if row["method"] in arguments.methods and (row["data"], int(row["number"])) in wanted
    ]
    results = [*summary(rows), *true_steps()]
    print("\n".join(lines(results)))
    if arguments.record:
        words = [word for word in sys.argv[1:] if word not in ("--table", str(arguments.table))]
        command = accuracy.command_of("segments.py", words, arguments.camus, "path/to/camus")
        facts = {"command": command, "version": accuracy.version()}
        accuracy.record([row | facts for row in results], "segments")


def clip_of(data: str, number: int, camus: Path) -> tuple[Cine, np.ndarray, str]:
    """A clip, the true peak systolic strain of its segments (6,), and what it is, in words."""
    if data == "default study":
        return patient_of_the_study(number)
    rng = np.random.default_rng([SEEDS[data], number])
    if data == "simulated":
        heart = draw_heart(rng, pathology=KINDS[number % len(KINDS)])
        clip = simulate_clip(
            rng, heart, fps=rng.uniform(*FRAMES_PER_S), beats=rng.uniform(1.25, 1.35)
        )
        cine = array_clip(
            clip.frames,
            fps=None,
            times_s=clip.times_s,
            spacing_mm=clip.raster.spacing_mm,
            view="a4c",
            r_waves_s=clip.rhythm.r_waves_s,
        ).cine
        true = true_measures(clip)
        truth = [true[name, "peak_systolic_strain"] for name in SEGMENTS]
        return cine, np.array(truth), heart.pathology
    held_out = split(camus)[1][0::2]
    patient = held_out[number % len(held_out)]
    cases = {case[1].upper()[-2:]: case[2:] for case in read_cases(camus, [patient])}
    end, kind = (cases["ES"][1], "measured") if number % 2 else (None, "drawn")
    cine, true_mm = carried.carried_clip(*cases["ED"], rng, (40, 62), end=end)
    if number % 3 == 2:
        recording = draw_recording(rng)
        side = round(recording.share * max(cine.frames.shape[1:]))
        cine, true_mm = carried.recorded(cine, true_mm, recording, side)
        kind += ", recorded"
    lengths = segment_lengths(true_mm, segment_bounds(true_mm[0]))
    end_systole = int(lengths.sum(axis=1).argmin())
    return cine, 100 * (lengths[: end_systole + 2].min(axis=0) / lengths[0] - 1), kind


def patient_of_the_study(number: int) -> tuple[Cine, np.ndarray, str]:
    """As `clip_of`, a patient of the default study's simulated cohort."""
    config = carried.read_config()
    settings = config["cohorts"]["simulated"]["simulation"]
    patient = patient_names(settings["patients"])[number]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulate_patient(folder, cohort="simulated", patient=patient, settings=settings)
        _, cines = ingest_patient("simulated", folder / "clips", dict(config["ingest"]))
        cine = next(cine for cine in cines.values() if cine.view == "a4c")
        truth = {
            row["segment"]: float(row["value"])
            for row in read_table(folder / "readers.tsv")
            if (row["reader"], row["measure"]) == ("truth", "peak_systolic_strain")
        }
        kind = read_table(folder / "patient.tsv")[0]["pathology"]
    return cine, np.array([truth[name] for name in SEGMENTS]), kind


def measured(
    config: Mapping, methods: Sequence[str], cine: Cine
) -> Iterator[tuple[str, dict[str, object]]]:
    """Each method, and what `segment_rows` needs of what it found."""
    shared: dict = {}
    settings = config["strain"]
    for method in methods:
        wall = carried.outlined(config, method, cine, shared)
        _, fused = carried.followed(config, method, cine, wall, shared)
        rules = {key: settings[key] for key in ("ed_rule", "es_rule")}
        cycle = clip_beats(cine, wall, fused, **rules)
        judged = judge_clip(cine, wall, fused, cycle, clip="", view="a4c")
        _, rows = measure_clip(
            fused,
            cycle.beats,
            clip="",
            view="a4c",
            gls=settings["gls"],
            drift=settings["drift"],
            counted=judged.counted,
            left_out=judged.left_out,
        )
        yield method, {"fused": fused, "cycle": cycle, "rows": rows, "clip_flags": judged.reason}


def segment_rows(
    head: Mapping, truth: np.ndarray, *, fused, cycle: Cycle, rows: Sequence[Mapping], clip_flags
) -> list[dict]:
    """A row with COLUMNS of each segment that was measured."""
    judged = judge_segments(fused, cycle.beats, rows, clip="", view="a4c")
    facts = {(row["label"], row["measure"]): row["value"] for row in judged.rows}
    facts |= {(row["segment"], row["measure"]): row["value"] for row in rows}
    table = []
    for name, true in zip(SEGMENTS, truth, strict=True):
        value = facts.get((name, "peak_systolic_strain"))
        if value is not None:
            row = {"segment": name, "truth": true, "value": value, "error": value - true}
            row |= {fact: facts.get((name, fact)) for fact in FACTS}
            flags = {"flags": judged.flags.get(name, ""), "clip_flags": clip_flags}
            table.append({**head, **row, **flags})
    return table


def summary(rows: Sequence[Mapping[str, str]]) -> list[dict]:
    """Rows of benchmarks/accuracy/segments.tsv but command and version, by data and method."""
    results = []
    for data, method in dict.fromkeys((row["data"], row["method"]) for row in rows):
        own = [row for row in rows if (row["data"], row["method"]) == (data, method)]
        error, truth, value, sd = (
            column(own, name) for name in ("error", "truth", "value", FACTS[0])
        )
        level = np.array([row["segment"].partition("_")[0] for row in own])
        clip = np.array([row["number"] for row in own])
        flagged = np.array([bool(row["flags"]) for row in own])
        doubted = flagged | [
            bool({*split_reasons(row["clip_flags"])} & {*OF_MOTION}) for row in own
        ]
        found, true = (_from_mean(values, clip) for values in (value, truth))
        head = {"data": data, "condition": CONDITIONS[data], "method": method}

        def add(quantity, n, value, unit="points", head=head, **more):
            results.append(
                head | {"quantity": quantity, "n": n, "value": value, "unit": unit} | more
            )

        add("segment_error", len(error), error.mean(), sd=error.std(ddof=1))
        add("segment_error_mean_absolute", len(error), np.abs(error).mean())
        add("segment_difference_found", len(error), found @ true / (true @ true), unit="1")
        if np.isfinite(sd).all():
            add("segment_sd", len(sd), sd.mean())
            inside = np.abs(error) < 1.96 * sd
            for name in ("", *LEVELS):
                of_level = inside[(level == name) | (not name)]
                add(f"segment_sd_covers{name and '_' + name}", len(of_level), of_level.sum(),
                    unit="segments")  # fmt: skip
        away = np.abs(error)
        for name, of_size in (("wrong", away > WRONG), ("right", away < RIGHT)):
            if of_size.any():
                add(f"{name}_flagged", of_size.sum(), flagged[of_size].sum(), unit="segments")
                add(f"{name}_doubted", of_size.sum(), doubted[of_size].sum(), unit="segments")
    return results


def true_steps(hearts: int = 1500) -> list[dict]:
    """By how much the strain of neighbouring segments differs in simulated hearts, in the default
    study's mix of diseases: rows as `summary`."""
    rng = np.random.default_rng(HEARTS_SEED)
    along = (np.arange(600) + 0.5) / 600
    steps, regional = [], []
    for _ in range(hearts):
        heart = draw_heart(rng)
        strain = along_wall(heart.segment_strain_percent, along).reshape(len(SEGMENTS), -1)
        steps.append(np.abs(np.diff(strain.mean(axis=1))))
        regional.append(heart.pathology not in ("normal", "dilated", "hypertrophic"))
    steps, largest = np.array(steps), np.max(steps, axis=1)[~np.array(regional)]
    head = {"data": "simulated hearts", "method": "truth", "unit": "points"}
    return [
        head
        | {"condition": "without a regional disease", "quantity": "largest_step_95"}
        | {"n": len(largest), "value": np.percentile(largest, 95)},
        head
        | {"condition": "all", "quantity": "step_99"}
        | {"n": steps.size, "value": np.percentile(steps, 99), "high": steps.max()},
    ]


def lines(results: Sequence[Mapping]) -> list[str]:
    """The same in words, a line a number."""
    texts = []
    for row in results:
        spread = f" +- {row['sd']:.2f}" if "sd" in row else ""
        number = f"{row['quantity']} {row['value']:.2f}{spread} {row['unit']}, n {row['n']}"
        texts.append(f"{row['data']}, {row['method']}: {number}")
    return texts


def column(rows: Sequence[Mapping[str, str]], name: str) -> np.ndarray:
    """A column of numbers (N,); NaN where empty."""
    return np.array([float(row[name] or "nan") for row in rows])


def _from_mean(values, clip):
    """Values less the mean of their clip."""
    return values - np.array([values[clip == one].mean() for one in clip])


if __name__ == "__main__":
    main()
