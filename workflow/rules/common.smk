import functools
import gc
import hashlib
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

# The library beside these rules, here and in every job, whatever else is installed. Rules that come
# from the web, or from an installed EchoGLS, use the library that is installed.
HERE = Path(workflow.current_basedir.get_path_or_uri(secret_free=True))
LIBRARY = HERE.parent / "lib"
if LIBRARY.is_dir():
    sys.path.insert(0, str(LIBRARY))
try:
    from echogls.places import ROOT, library_alone
except ImportError:
    raise WorkflowError("these rules need the package echogls: pip install echogls, then run again")
for place in (os.getcwd(), os.path.abspath("results")):
    if os.path.exists(place) and not os.access(place, os.W_OK):
        raise WorkflowError(
            f"the folder '{place}' may not be written: results go there; change its permissions "
            "or its mount, or run in another one (--directory)"
        )
os.environ.update(PYTHONPATH=str(library_alone(Path(".snakemake/echogls"))))
# Jobs run side by side, each one's matrices and images are small: threads of BLAS and OpenCV
# would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")

from echogls import cohorts, configuration, project
from echogls.configuration import ShortlyShown
from echogls.command.summary import summary_lines, unlisted_lines
from echogls.files import lack_of_room
from echogls.simulation.patient_names import patient_names
from echogls.provenance import library_digest
from echogls.study import StudyError, nearest

# A plan is millions of objects that stay: Python would look through all of them again and again for
# some to throw away, a seventh of the time.
gc.set_threshold(100_000, 50, 50)

# Snakemake 9 works out three times a job where its script is kept, a tenth of a plan's time, though
# there are but forty scripts. The attribute is private, and where it is gone nothing is done.
if hasattr(workflow.sourcecache, "_cache"):
    workflow.sourcecache._cache = functools.cache(workflow.sourcecache._cache)

# What the user gave, over the defaults; files given side by side build the cohorts of each.
try:
    config = project.study_config(
        config, workflow.configfiles, united=workflow.overwrite_configfiles
    )
except StudyError as error:
    raise WorkflowError(str(error))

MODELS = project.models_folder(config)
METHODS = {
    method: parts | {"options": configuration.fusion_options(config, method)}
    for method, parts in config["methods"].items()
}
DEFAULT_NETWORK = config["segment"]["network"]
PATIENT = "results/{cohort}/patients/{patient}"


wildcard_constraints:
    cohort=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    patient=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    method=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    motion=r"[a-z0-9_]+",
    # "" for the study's own segmentation network, ".name" for another one
    network=r"(\.[a-z0-9_]+)?",


@functools.cache
def digest(rule, *modules):
    """Digest of the library's modules and data files behind a rule's script; the script itself is
    Snakemake's to watch."""
    return library_digest(ROOT / "workflow" / "scripts" / f"{rule}.py", *modules)


@functools.cache
def printed_texts():
    """Digest of the templates, checklists and published values, which are no modules."""
    folder = LIBRARY / "echogls" / "manuscript"
    kinds = (".bib", ".css", ".jinja", ".js", ".yaml")
    digests = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in kinds:
            digests.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digests.hexdigest()[:16]


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
    names = expand(name, **wildcards)
    folder = f"results/{cohort}/patients"
    return [f"{folder}/{patient}/{file}" for patient in patients(cohort) for file in names]


def stage(path):
    """The file of a stage that is most of a patient's disk: it goes as soon as all that needs it is
    made, unless the config keeps all."""
    return path if config["keep"] == "all" else temp(path)


def of_methods(name):
    """One file a method of a patient, in the order of the config: `name` with {method}."""
    return [f"{PATIENT}/{name.format(method=method)}" for method in METHODS]


def of_networks(name):
    """One file a segmentation network of a patient: `name` with {network}, a suffix."""
    suffixes = map(network_suffix, segmentation_networks())
    return [f"{PATIENT}/{name.format(network=suffix)}" for suffix in suffixes]


def of_motions(name):
    """One file a motion of a patient: `name` with {motion} and the {network} that masks it."""
    pairs = [(motion, network_suffix(network)) for motion, network in motions()]
    return [f"{PATIENT}/{name.format(motion=m, network=suffix)}" for m, suffix in pairs]


def each_patient(name, **names):
    """Input function: `of_patients` of the wildcards' cohort."""

    def files(wildcards):
        return of_patients(wildcards.cohort, name, **names)

    return files


def each_simulated(name):
    """Input function: one file a simulated patient, of what simulate leaves beside the clips."""

    def files(wildcards):
        folder = f"results/{wildcards.cohort}/simulated"
        return [f"{folder}/{patient}/{name}" for patient in patients(wildcards.cohort)]

    return files


def of_cohort(key):
    """Param function: what the config says of the wildcards' cohort. Snakemake's own `lookup`
    searches all of the config for every job."""
    return lambda wildcards: config["cohorts"][wildcards.cohort][key]


def threads_within(most):
    """Threads function of a job that can use several: one where the study has a patient for every
    core, since a job starts and ends on one core and the next patient's job can use the other;
    elsewhere `most`."""

    def threads(wildcards):
        cores = workflow.resource_settings.cores
        count = sum(len(patients(cohort)) for cohort in config["study"])
        return 1 if workflow.local_exec and cores and count >= cores else most

    return threads


def doubling(first):
    """Memory that a job asks of a cluster's scheduler, twice as much each time it is tried again
    (`--retries`)."""
    return lambda wildcards, attempt: first * 2 ** (attempt - 1)


def names_of_patients(wildcards):
    return list(patients(wildcards.cohort))


def is_simulated(cohort):
    return config["cohorts"][cohort]["format"] == "simulated"


def simulated(wildcards):
    return is_simulated(wildcards.cohort)


def simulated_cohorts():
    """The study's cohorts, each with whether it is simulated."""
    return {cohort: is_simulated(cohort) for cohort in config["study"]}


def has_contours(cohort):
    """Whether the source brings experts' outlines of the wall, on which strain is measured."""
    return cohorts.has_contours(config["cohorts"][cohort]["format"])


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


def in_report(picture, caption, shows):
    """A patient's picture, as one of Snakemake's own report."""
    return report(
        picture,
        caption=f"../report/{caption}.rst",
        category="{cohort}",
        subcategory="patients",
        labels={"patient": "{patient}", "shows": shows},
    )


def first_in_report(pictures, caption, shows):
    """Pictures of all methods, of which the report shows the first."""
    return [in_report(pictures[0], caption, shows), *pictures[1:]]
