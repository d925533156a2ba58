import functools
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

# The checkout's own library, here and in every job, whatever else is installed.
LIBRARY = Path(workflow.basedir) / "workflow" / "lib"
sys.path.insert(0, str(LIBRARY))
os.environ.update(PYTHONPATH=str(LIBRARY))
# Jobs run side by side, each one's matrices and images are small: threads of BLAS and OpenCV
# would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")

from echogls import cohorts, configuration
from echogls.command.summary import summary_lines, unlisted_lines
from echogls.files import lack_of_room
from echogls.names import known_names, known_options
from echogls.simulation.names import patient_names
from echogls.provenance import library_digest
from echogls.study import StudyError, nearest

ROOT = Path(workflow.basedir)
MODELS = Path(config.get("segment", {}).get("models", ROOT / "workflow" / "models"))

try:
    config = configuration.check_config(
        config,
        ROOT / "workflow" / "schemas" / "config.schema.yaml",
        known=known_names(MODELS),
        known_options=known_options,
    )
except StudyError as error:
    raise WorkflowError(str(error))

METHODS = {
    method: parts | {"options": configuration.fusion_options(config, method)}
    for method, parts in config["methods"].items()
}
DEFAULT_NETWORK = config["segment"]["network"]


wildcard_constraints:
    cohort=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    patient=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    method=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    motion=r"[a-z0-9_]+",
    # "" for the study's own segmentation network, ".name" for another one
    network=r"(\.[a-z0-9_]+)?",


@functools.cache
def digest(rule, *modules):
    """Digest of the library modules behind a rule's script, and of the script itself."""
    return library_digest(ROOT / "workflow" / "scripts" / f"{rule}.py", *modules)


@functools.cache
def patients(cohort):
    """Patients of a cohort: id -> its sheet row with the full `path` (or paths) of its data."""
    if cohort not in config["cohorts"]:
        raise WorkflowError(
            f"cohort '{cohort}' is not in config{nearest(cohort, config['cohorts'])}"
        )
    entry = config["cohorts"][cohort]
    if is_simulated(cohort):
        names = patient_names(entry["simulation"]["patients"])
        return {name: {"path": Path(f"results/{cohort}/simulated/{name}/clips")} for name in names}
    try:
        sheet = configuration.read_sheet(entry["patients"]) if entry["patients"] else None
        return cohorts.cohort_patients(entry, sheet)
    except StudyError as error:
        raise WorkflowError(f"cohort '{cohort}': {error}")


def patient_row(wildcards):
    known = patients(wildcards.cohort)
    if wildcards.patient not in known:
        raise WorkflowError(
            f"patient '{wildcards.patient}' is not in cohort '{wildcards.cohort}'"
            f"{nearest(wildcards.patient, known)}"
        )
    return known[wildcards.patient]


def of_patients(cohort, name, **wildcards):
    """One file a patient: results/{cohort}/patients/{patient}/{name}, names filled in."""
    return [
        path
        for patient in patients(cohort)
        for path in expand(f"results/{cohort}/patients/{patient}/{name}", **wildcards)
    ]


def is_simulated(cohort):
    return config["cohorts"][cohort]["format"] == "simulated"


def has_contours(cohort):
    """Whether the source brings experts' outlines of the wall, on which strain is measured."""
    return config["cohorts"][cohort]["format"] in ("camus", "echonet", "hmcqu")


def has_readers(cohort):
    named = bool(config["cohorts"][cohort]["readers"])
    return is_simulated(cohort) or has_contours(cohort) or named


def has_bullseye(cohort):
    """Whether several apical views are measured: then there are an average and a bull's-eye."""
    return len(config["cohorts"][cohort]["views"]) > 1


def network_suffix(network):
    """The part of a file name that tells a network's outlines from those of the study's own."""
    return "" if network == DEFAULT_NETWORK else f".{network}"


def network_name(wildcards):
    return wildcards.network.lstrip(".") or DEFAULT_NETWORK


def segmentation_networks():
    """Every network whose outlines the methods use."""
    return list(dict.fromkeys(parts["segmentation"] for parts in METHODS.values()))


def motions():
    """Every motion that the methods use, with the network whose outlines mask it."""
    pairs = [(parts["motion"], parts["segmentation"]) for parts in METHODS.values()]
    return [pair for pair in dict.fromkeys(pairs) if pair[0] != "none"]
