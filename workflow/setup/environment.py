"""Prints the Conda environment with the versions of requirements.lock.

python environment.py > environment.yml                      for people: the package, too
python environment.py rules > workflow/envs/echogls.yml      for the rules, which bring it
"""

import re
import sys
from pathlib import Path

LOCK = Path(__file__).parents[2] / "requirements.lock"

PEOPLE = """\
#     conda env create -f environment.yml
#     conda activate echogls
# In this folder: the last line installs the package that lies here.
"""
RULES = """\
# What `snakemake --sdm conda` makes for the rules; they bring the library themselves.
"""
HEAD = """\
# Made from requirements.lock by `make lock`: do not edit.
{told}name: echogls
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.11.*
  - git
  - pip
  - pip:
"""


def pins(lock: str) -> list[str]:
    """The lock's requirements as `name==version` or `name==version ; marker`, without hashes."""
    return re.findall(r"^([a-z0-9][^\s\\]*==[^\\\n]*?)\s*\\?$", lock, flags=re.MULTILINE)


def environment(lock: str, *, rules: bool = False) -> str:
    """The environment's text; with the package itself unless it is for the rules."""
    lines = [f"      - {line}" for line in pins(lock)]
    if not rules:
        lines.append("      - -e .")
    return HEAD.format(told=RULES if rules else PEOPLE) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(environment(LOCK.read_text(encoding="utf-8"), rules="rules" in sys.argv), end="")
