"""Kill a study at random moments, go on, and compare what comes out with an undisturbed run.

python benchmarks/kill.py FOLDER [TARGET ...] [--kills 20] [--seed 1]

Two folders are made in FOLDER, each with the same small study: two recordings that can be
measured, one that is cut off, two readers. `undisturbed` runs on one core; `killed` on two, and
each time something is ended by SIGKILL: Snakemake alone, one of its jobs, or all of them, as a
power cut does; at a random moment of its start, or of the first, second or third job from there.
Then the same command goes on, after `snakemake --unlock` where a lock was left.
A table says what was killed when, and then which files differ.
"""

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pydicom
import yaml
from pydicom.data import get_testdata_file

ROOT = Path(__file__).parents[1]
LATER_S, POLL_S = 4, 0.2  # seconds after the job's start, and between two looks
MOST_RUNS = 10  # without a kill, until the study is whole; more means that it never will be
# Parts of names of files that hold run times or show them, or digests of such files, which no two
# runs share; some tables and figures of the draft do, too (`shows_run_time`), and two hold them
# among other things (`but_run_times`).
RUN_TIME = ("benchmarks/", "logs/", "timing.", "run/", "report.html", "manuscript.", "tables.xlsx",
            "ro-crate-metadata.json")  # fmt: skip
TARGETS = ("Snakemake", "one job", "all")


def make_study(folder: Path) -> None:
    """The small study: its data, readings and config."""
    example = get_testdata_file("examples_ybr_color.dcm", download=False)
    for number, patient in enumerate(("a", "b")):
        (folder / "data" / patient).mkdir(parents=True)
        clip = pydicom.dcmread(example)
        clip.FrameTime = 33 + number
        clip.save_as(folder / "data" / patient / "clip.dcm")
    (folder / "data" / "cut").mkdir()
    (folder / "data" / "cut" / "clip").write_bytes(Path(example).read_bytes()[:60_000])
    rows = [f"{patient}\t{reader}\tgls\t{-17 - k}" for patient in "ab" for k, reader in READERS]
    (folder / "readings.tsv").write_text("\n".join(["patient\treader\tmeasure\tvalue", *rows, ""]))
    cohort = {"format": "dicom", "data": "data", "readers": "readings.tsv"}
    config = {
        "study": ["made"],
        "cohorts": {"made": cohort},
        "methods": {"best": None, "paper": None},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(config))


READERS = ((0, "r1"), (1, "r2"))


def command(cores: int, *more: str) -> list[str]:
    """Snakemake on that study, in whose folder it is started."""
    words = ["--snakefile", str(ROOT / "Snakefile"), "--configfile", "study.yaml"]
    profile = ["--workflow-profile", str(ROOT / "profiles" / "default")]
    return [sys.executable, "-m", "snakemake", "--cores", str(cores), *words, *profile, *more]


def killed_once(
    folder: Path, draw: random.Random, what: str, targets: list[str]
) -> tuple[str, str, str]:
    """Start the study and end something of it, one of TARGETS: what, when, and how Snakemake ended.
    "" for what where it ended before."""
    after_jobs = draw.choice((0, 1, 1, 1, 2, 2, 3))
    later = draw.uniform(0, LATER_S)
    with (folder / "run.log").open("ab") as log:
        words = command(2, *targets)
        main = psutil.Popen(words, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        seen: set[int] = set()
        while len(seen) < after_jobs and main.poll() is None:
            seen |= {job.pid for job in jobs_of(main)}
            time.sleep(POLL_S)
        time.sleep(later)
        when = f"job {len(seen)} + {later:.1f} s"
        if main.poll() is not None:
            return "", when, f"ended by itself, {main.returncode}"
        jobs = jobs_of(main)
        if what == "one job" and jobs:
            draw.choice(jobs).kill()
        elif what == "all":
            os.killpg(main.pid, signal.SIGKILL)
        else:
            what = "Snakemake"
            main.kill()
        return what, when, f"returned {main.wait()}"


def jobs_of(main: psutil.Process) -> list[psutil.Process]:
    """The rules' scripts that run."""
    try:
        return [process for process in main.children(recursive=True) if is_job(process)]
    except psutil.Error:
        return []


def is_job(process: psutil.Process) -> bool:
    """Whether a process is a rule's script."""
    try:
        return any(".snakemake/scripts" in word for word in process.cmdline())
    except psutil.Error:
        return False


def finished(folder: Path, cores: int, targets: list[str]) -> int:
    """Run the study to its end; how many times it had to be started."""
    for started in range(1, MOST_RUNS + 1):
        unlock(folder)
        words = command(cores, *targets)
        run = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        if run.returncode == 0:
            return started
        print(run.stdout[-2000:], run.stderr[-2000:], file=sys.stderr)
    raise SystemExit(f"the study was not whole after {MOST_RUNS} runs without a kill")


def unlock(folder: Path) -> bool:
    """Take away the lock of a Snakemake that was killed, as its message says; whether there was
    one."""
    if not any((folder / ".snakemake" / "locks").glob("*")):
        return False
    subprocess.run(command(1, "--unlock"), cwd=folder, check=True, capture_output=True)
    return True


def contents(folder: Path) -> dict[str, str]:
    """Digest of each file of the results, by its place."""
    files = (path for path in sorted((folder / "results").rglob("*")) if path.is_file())
    return {
        path.relative_to(folder / "results").as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in files
    }


def differing(one: Path, other: Path) -> tuple[list[str], list[str]]:
    """Files that only one folder has or that differ: those without run times in them, and those
    with."""
    first, second = contents(one), contents(other)
    files = [name for name in sorted({*first, *second}) if first.get(name) != second.get(name)]
    timed = [
        name
        for name in files
        if shows_run_time(one / "results", name)
        or but_run_times(one / "results" / name) == but_run_times(other / "results" / name)
    ]
    return [name for name in files if name not in timed], timed


def but_run_times(file: Path) -> list[str] | dict | bytes | None:
    """What a file holds, without the run times of characteristics.tsv and numbers.yaml; None where
    it is missing."""
    if not file.is_file():
        return None
    if file.name == "characteristics.tsv":
        return [line for line in file.read_text("utf-8").splitlines() if "\ttiming\t" not in line]
    if file.name == "numbers.yaml":
        numbers = yaml.safe_load(file.read_text("utf-8"))
        return {name: cited for name, cited in numbers.items() if ".ms_per_frame." not in name}
    return file.read_bytes()


def shows_run_time(results: Path, name: str) -> bool:
    """Whether a file of the results holds run times or shows them."""
    file = results / name
    if name.startswith("manuscript/table") and file.with_suffix(".md").is_file():
        return "run time" in file.with_suffix(".md").read_text("utf-8").lower()
    if name.startswith("manuscript/figure") and file.with_suffix(".svg").is_file():
        drawn = file.with_suffix(".svg").read_bytes()
        return any(drawn == path.read_bytes() for path in results.glob("*/figures/timing.svg"))
    return any(part in name for part in RUN_TIME)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="for the two runs; it must not exist")
    parser.add_argument("targets", nargs="*", help="files of the study; default: all of it")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    undisturbed, killed = told.folder / "undisturbed", told.folder / "killed"
    make_study(undisturbed)
    make_study(killed)
    beside = ThreadPoolExecutor(1).submit(finished, undisturbed, 1, told.targets)
    draw, kills = random.Random(told.seed), 0
    print("kill\twhen\twhat\tsnakemake\tlock_left\tfiles", flush=True)
    while kills < told.kills:
        what, when, ended = killed_once(killed, draw, draw.choice(TARGETS), told.targets)
        kills += bool(what)
        line = (kills, when, what or "nothing", ended, unlock(killed))
        print(*line, len(contents(killed)), sep="\t", flush=True)
        if not what and ended.endswith(" 0"):  # whole before all kills: once more from nothing
            subprocess.run(["rm", "-rf", killed / "results", killed / ".snakemake"], check=True)
    runs = finished(killed, 2, told.targets)
    beside.result()
    wrong, timed = differing(undisturbed, killed)
    print(f"\nwhole after {runs} more; {len(contents(killed))} files")
    print(f"differ though they hold no run time: {', '.join(wrong) or 'none'}")
    print(f"differ and hold or show run times: {', '.join(timed) or 'none'}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
