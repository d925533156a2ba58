"""Printed values of other studies that stand beside ours (published.yaml)."""

import functools
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("published.yaml")


@functools.cache
def published() -> dict[str, dict]:
    """Study -> label, source, and values by name; signs as published.yaml says."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def paper() -> dict:
    """The study that the pipeline follows."""
    return published()["ostvik2018"]
