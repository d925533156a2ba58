"""Where the workflow lies: beside the library in a checkout, inside it where it was installed."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = PACKAGE.parents[2]
_INSTALLED = PACKAGE / "shipped"

# The folder of Snakefile, config/, workflow/ and profiles/.
ROOT = _INSTALLED if (_INSTALLED / "Snakefile").is_file() else _CHECKOUT
SNAKEFILE = ROOT / "Snakefile"
DEFAULT_CONFIG = ROOT / "config" / "config.yaml"
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
MODELS = ROOT / "workflow" / "models"
PROFILE = ROOT / "profiles" / "default"


def library_alone(link: Path) -> Path:
    """A folder that holds the library and no other package, for PYTHONPATH: a job in an
    environment of its own shall not find the packages of this one.

    link : where it is made, if the library was installed among others.
    """
    if ROOT == _CHECKOUT:
        return PACKAGE.parent
    link.mkdir(parents=True, exist_ok=True)
    place = link / PACKAGE.name
    if not (place.is_symlink() and place.resolve() == PACKAGE):
        own = link / f"{PACKAGE.name}.{os.getpid()}"  # several jobs may come here at once
        own.symlink_to(PACKAGE)
        os.replace(own, place)
    return link.resolve()
