"""The study's own scripts as processes of their own, without Snakemake, timed.

python benchmarks/jobs.py job.json        what `timed` starts: the script twice, in one process
"""

import json
import os
import platform
import resource
import runpy
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).parents[1]


class Named(list):
    """What a script finds under snakemake.input, output, params and wildcards: names and places."""

    def __init__(self, values: Mapping):
        super().__init__(values.values())
        self.names = dict(values)

    def __getattr__(self, name):
        try:
            return self.__dict__["names"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, place):
        return self.names[place] if isinstance(place, str) else super().__getitem__(place)

    def get(self, name, default=None):
        return self.names.get(name, default)


def timed(folder: Path, rule: str, **job) -> dict[str, float]:
    """Run a rule's script twice (or `runs` times) in a process and say what it took.

    Parameters
    ----------
    folder : for the job's description and log.
    told : input, output, params, wildcards (each by name) and threads, as its rule gives them.

    Returns
    -------
    cold_cpu_s, cold_wall_s : of the process but its last run: its start, imports and first run.
    warm_cpu_s, warm_wall_s : of the last run alone.
    peak_mb : memory (million bytes) that the process held at most.
    """
    description = folder / f"{rule}.json"
    description.write_text(json.dumps(job | {"rule": rule, "log": str(folder / f"{rule}.log")}))
    library = str(ROOT / "workflow" / "lib")
    alone = {"OPENBLAS_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}  # as the Snakefile has it
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, __file__, str(description)],
        env=os.environ | alone | {"PYTHONPATH": library},
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{rule} failed:\n{(folder / f'{rule}.log').read_text()}")
    warm = json.loads(description.with_suffix(".took.json").read_text())
    return warm | {
        "cold_cpu_s": used.ru_utime + used.ru_stime - warm["warm_cpu_s"],
        "cold_wall_s": wall - warm["warm_wall_s"],
    }


def cpu_s() -> float:
    """Processor time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def most_used() -> int:
    """Bytes of memory that this process held at most."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux; its ru_maxrss counts what the program that started this one held
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else 1024 * used


def processor() -> str:
    """This machine's processor in words."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        fields = dict(
            line.split(":", 1) for line in listing.read_text().splitlines() if ":" in line
        )
        fields = {key.strip(): value.strip() for key, value in fields.items()}
        flags = fields.get("flags", "").split()
        widest = next((f for f in ("avx512f", "avx2") if f in flags), "no avx2")
        family = f"family {fields.get('cpu family')} model {fields.get('model')}"
        return f"{fields.get('model name', platform.machine())}, {family}, {widest}"
    return f"{platform.machine()} {platform.processor()}"


def main(description: Path) -> None:
    facts = json.loads(description.read_text())
    parts = {
        part: Named(facts.get(part, {})) for part in ("input", "output", "params", "wildcards")
    }
    job = SimpleNamespace(**parts, log=[facts["log"]], threads=facts.get("threads", 1))
    script = ROOT / "workflow" / "scripts" / f"{facts['rule']}.py"
    for _ in range(facts.get("runs", 2)):
        began, used = time.perf_counter(), cpu_s()
        runpy.run_path(str(script), init_globals={"snakemake": job})
        took = {"warm_cpu_s": cpu_s() - used, "warm_wall_s": time.perf_counter() - began}
    took["peak_mb"] = most_used() / 1e6
    description.with_suffix(".took.json").write_text(json.dumps(took))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
