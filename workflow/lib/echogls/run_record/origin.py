"""By which code, on what machine and with which seeds a study was made."""

import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np


def revision(root: Path) -> str:
    """The git commit of the checkout that is at `root`, with "-modified" if a file of it differs.

    "" where there is no git, or where `root` is no checkout but lies within one.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    if not top or Path(top).resolve() != Path(root).resolve():
        return ""
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    return _git(root, "rev-parse", "HEAD") + ("-modified" if changed else "")


def _git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), "--no-optional-locks", *words]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def host_summary() -> dict[str, object]:
    """The kind of machine: system, processor, cores, memory in GB, vector instructions, Python.

    Neither its name nor its user, address, folders or the build of its kernel.
    """
    simd = np.show_config(mode="dicts").get("SIMD Extensions", {})
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": _memory_gb(),
        "vector_instructions": [*simd.get("baseline", []), *simd.get("found", [])],
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _processor() -> str:
    """The processor's model as Linux tells it, or its family."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.is_file() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor())


def _memory_gb() -> int | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
    except (ValueError, OSError):
        return None


def seeds(config: Mapping) -> dict[str, int]:
    """The seeds that a study draws with, by their keys: of its simulated cohorts, and of the
    bootstrap of the limits of agreement.

    config : checked by `configuration.check_config`.
    """
    simulated = [c for c in config["study"] if config["cohorts"][c]["format"] == "simulated"]
    drawn = {
        f"cohorts.{cohort}.simulation.seed": config["cohorts"][cohort]["simulation"]["seed"]
        for cohort in simulated
    }
    return drawn | {"agreement.seed": config["agreement"]["seed"]}
