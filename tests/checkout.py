"""A copy of the checkout that tests may run, and change."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def copy_checkout(place: Path) -> Path:
    """Copy what `snakemake` needs into a folder, and return it."""
    for name in ("Snakefile", "environment.yml", "requirements.lock"):
        shutil.copy(ROOT / name, place)
    for name in ("config", "profiles", "workflow"):
        ignore = shutil.ignore_patterns("__pycache__", "*.h5")
        shutil.copytree(ROOT / name, place / name, ignore=ignore)
    return place


def snakemake(checkout: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run Snakemake there on two cores."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
