"""A wheel holds the workflow too: pyproject.toml says all the rest."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
# What a study needs beside the library, and where it lies inside it (echogls/places.py).
SHIPPED = (
    "Snakefile",
    "requirements.lock",
    "config/config.yaml",
    "config/ablation.yaml",
    "config/README.md",
    "config/cohorts",
    "profiles",
    "results/README.md",
    "workflow/Snakefile",
    "workflow/envs",
    "workflow/models",
    "workflow/profiles",
    "workflow/report",
    "workflow/rules",
    "workflow/schemas",
    "workflow/scripts",
)
INSIDE = Path("echogls") / "shipped"


class WithWorkflow(build_py):
    """Copies the workflow into the package when a wheel is built; a checkout stays as it is."""

    def run(self):
        super().run()
        if self.editable_mode:
            return
        place = Path(self.build_lib) / INSIDE
        shutil.rmtree(place, ignore_errors=True)
        for name in SHIPPED:
            whence, where = ROOT / name, place / name
            where.parent.mkdir(parents=True, exist_ok=True)
            if whence.is_dir():
                shutil.copytree(whence, where, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(whence, where)


setup(cmdclass={"build_py": WithWorkflow})
