"""Where the workflow lies: beside the library in a checkout, inside it where it was installed."""

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
