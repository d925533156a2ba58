"""Prints environment.yml, the Conda environment with the versions of requirements.lock."""

import re
from pathlib import Path

LOCK = Path(__file__).parents[2] / "requirements.lock"

HEAD = """\
# Made from requirements.lock by `make lock`: do not edit.
#     conda env create -f environment.yml
#     conda activate echogls
name: echogls
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


if __name__ == "__main__":
    lines = pins(LOCK.read_text(encoding="utf-8"))
    print(HEAD + "\n".join(f"      - {line}" for line in lines))
