# What the rules take, in the order of the data: files and params by cohort, patient and method.
from echogls.motion import models_of
from echogls.runtime import model_facts, model_names
from echogls.sheets import read_clip_sheet


def made_recordings(wildcards):
    """The folder of a simulated patient, which rule simulate makes. Recordings of others are no
    input but a param (`recorded_files`): Snakemake ends the whole run where an input vanishes while
    it runs, and takes braces in a name for wildcards."""
    return [str(patient_row(wildcards)["path"])] if is_simulated(wildcards.cohort) else []


def recorded_files(wildcards):
    """Name, size and time of each file of a patient's data, as text, so that a patient one of whose
    files changed, vanished or came is read again."""
    if is_simulated(wildcards.cohort):
        return ""
    source_format = config["cohorts"][wildcards.cohort]["format"]
    return cohorts.source_digest(source_format, patient_row(wildcards)["path"])


def patient_paths(wildcards):
    """Where a patient's recordings are, as text: a file or folder, or a list of files."""
    path = patient_row(wildcards)["path"]
    return str(path) if isinstance(path, Path) else [str(file) for file in path]


@functools.cache
def clip_sheet(cohort):
    """What a cohort's sheet of clips says: patient -> its rows; empty without one."""
    sheet = config["cohorts"][cohort]["clips"]
    try:
        rows = read_clip_sheet(sheet) if sheet else {}
    except StudyError as error:
        raise WorkflowError(f"cohort '{cohort}': {error}")
    for patient in rows:
        if patient not in patients(cohort):
            raise WorkflowError(
                f"cohort '{cohort}': sheet of clips: patient '{patient}' is not in the cohort"
                f"{nearest(patient, patients(cohort))}"
            )
    return rows


def ingest_settings(wildcards):
    return config["ingest"] | {"views": config["cohorts"][wildcards.cohort]["views"]}


def sheet_overrides(wildcards):
    """What the sheet of patients states for a patient's clips."""
    row = patient_row(wildcards)
    return {key: row[key] for key in ("view", "fps", "spacing_mm") if row.get(key)}


def ingest_digest(wildcards):
    return digest("ingest", f"echogls.cohorts.{config['cohorts'][wildcards.cohort]['format']}")


def simulation_settings(wildcards):
    entry = config["cohorts"][wildcards.cohort]
    return entry["simulation"] | {"views": entry["views"]}


def trusts_stated_views(wildcards):
    return config["cohorts"][wildcards.cohort]["stated_views"] == "trust"


def clip_overrides(wildcards):
    """What the sheet of clips says of a patient's views and choice."""
    rows = clip_sheet(wildcards.cohort).get(wildcards.patient, [])
    told = [{key: row[key] for key in ("clip", "view", "chosen")} for row in rows]
    return [row for row in told if row["view"] or row["chosen"]]


def drawn_outlines(wildcards):
    """Clip -> where its outline was drawn by hand."""
    rows = clip_sheet(wildcards.cohort).get(wildcards.patient, [])
    return {row["clip"]: row["outline"] for row in rows if row["outline"]}


def outline_files(wildcards):
    """The files of those outlines, so that a changed one is read again."""
    files = outline_images(drawn_outlines(wildcards).values())
    return {"drawn": files} if files else {}


def outline_images(paths):
    """The images of outlines, each of which is one file or a folder of them."""
    each = [[path] if path.is_file() else path.glob("*.png") for path in map(Path, paths)]
    return sorted(str(file) for files in each for file in files)


def frame_marks(wildcards):
    """Clip -> frames of ED and ES that were set by hand, None where not."""
    rows = clip_sheet(wildcards.cohort).get(wildcards.patient, [])
    return {
        row["clip"]: [
            int(float(row[key])) if row[key] else None for key in ("ed_frame", "es_frame")
        ]
        for row in rows
        if row["ed_frame"] or row["es_frame"]
    }


@functools.cache  # to read models.yaml takes as long as to plan a patient
def graph(name, models=MODELS):
    """The file of a network, as models.yaml names it."""
    return models / model_facts(models, name)["file"]


def segmentation_graph(wildcards):
    return graph(network_name(wildcards))


def motion_graph(wildcards):
    """The graph of a learned estimator, with its listing; classical ones have none."""
    return dict(learned_motion(wildcards.motion))


@functools.cache
def learned_motion(name):
    models = models_of(name, MODELS)
    if name not in model_names(models, "motion"):
        return {}
    return {"models": models / "models.yaml", "graph": graph(name, models)}


def track_settings(wildcards):
    """Of an estimator its own options alone: those of another would track it anew."""
    options = config["track"]["options"]
    own = {name: told for name, told in options.items() if name == wildcards.motion}
    return config["track"] | {"options": own}


def track_digest(wildcards):
    return digest("track", f"echogls.motion.{wildcards.motion}")


def digest_with_fusions(rule):
    return digest(rule, *{f"echogls.fusion.{parts['fusion']}": None for parts in METHODS.values()})


def sheet_rows(wildcards):
    """The sheet's rows with the patient and its covariates, without paths."""
    rows = patients(wildcards.cohort).items()
    return [
        {"patient": name} | {key: value for key, value in row.items() if key != "path"}
        for name, row in rows
    ]


def covariate_files(wildcards):
    """What is known of simulated patients; of others the sheet says it (`sheet_rows`)."""
    if not is_simulated(wildcards.cohort):
        return {}
    folder = f"results/{wildcards.cohort}/simulated"
    return {"covariates": [f"{folder}/{p}/patient.tsv" for p in patients(wildcards.cohort)]}


def method_jobs(*methods):
    """Every job of a patient that counts as run time, of all methods or some: the name of its
    benchmark. `measure`, of all methods at once, counts in full for each."""
    jobs = ["ingest", "classify_view"]
    for method in methods or METHODS:
        parts = METHODS[method]
        suffix = network_suffix(parts["segmentation"])
        jobs.append(f"segment{suffix}")
        if parts["motion"] != "none":
            jobs.append(f"track.{parts['motion']}{suffix}")
    return [*dict.fromkeys(jobs), "measure"]


def benchmark_files(wildcards):
    return {"benchmarks": of_patients(wildcards.cohort, "benchmarks/{job}.tsv", job=method_jobs())}


def reader_files(wildcards):
    """A cohort's table of readings, with the exports that it names."""
    if is_simulated(wildcards.cohort):
        return {"table": f"results/{wildcards.cohort}/simulated/readers.tsv"}
    from echogls import readers  # only where there are any: it takes a while to import

    contours = {}
    if has_contours(wildcards.cohort):
        contours["contours"] = of_patients(wildcards.cohort, "contours.tsv")
        if not config["cohorts"][wildcards.cohort]["readers"]:
            return contours
    block = config["cohorts"][wildcards.cohort]["readers"]
    table = Path(configuration.readers_file(block) or "missing")
    if not table.is_file():
        raise WorkflowError(
            f"cohort '{wildcards.cohort}': readers '{table}' is no file; name the table of "
            "readings (config/README.md, readers)"
        )
    try:
        exports = readers.named_exports(table, readers.layout_of(block))
    except StudyError as error:
        raise WorkflowError(f"cohort '{wildcards.cohort}': {error}")
    return {"table": str(table), "exports": exports} | contours


def reader_tables(wildcards):
    """What a cohort with readers has beside its measurements."""
    if not has_readers(wildcards.cohort):
        return {}
    folder = f"results/{wildcards.cohort}"
    return {"readers": f"{folder}/readers.tsv", "pairs": f"{folder}/pairs.tsv"}


def true_motion_files(wildcards):
    """Where the true strain of simulated patients is."""
    if not is_simulated(wildcards.cohort):
        return {}
    folder = f"results/{wildcards.cohort}/simulated"
    return {"truth": [f"{folder}/{p}/truth.npz" for p in patients(wildcards.cohort)]}


def true_motion_file(wildcards):
    """Where the true wall of one simulated patient is."""
    if not is_simulated(wildcards.cohort):
        return {}
    return {"truth": f"results/{wildcards.cohort}/simulated/{wildcards.patient}/truth.npz"}


def motion_error_file(wildcards):
    """How far the motion errs, where the true motion is known."""
    if not (is_simulated(wildcards.cohort) and motions()):
        return {}
    return {"motion_error": f"results/{wildcards.cohort}/motion_error.tsv"}


def rater_tables(wildcards):
    """What methods measured, and readers where there are any."""
    names = ["measurements", *(["readers"] if has_readers(wildcards.cohort) else [])]
    return [f"results/{wildcards.cohort}/{name}.tsv" for name in names]


def bullseye_options():
    return {
        "measure": f"{config['strain']['gls']}_strain",
        "missing_view": config["strain"]["missing_view"],
    }


def bullseye_pictures(cohort):
    """One a patient and method."""
    if not has_bullseye(cohort):
        return []
    return of_patients(cohort, "strain/{method}.bullseye.svg", method=METHODS)


def cohort_tables(cohort):
    """What figures and tables of a cohort are made of, by name."""
    names = ["characteristics", "measurements", "exclusions", "flow", "quality", "timing"]
    names.append("view_confusion")
    if has_readers(cohort):
        names += ["readers", "agreement", "variability", "pairs", "sensitivity"]
        if config["cohorts"][cohort]["subgroups"]:
            names.append("subgroups")
    if is_simulated(cohort):
        names.append("budget")
        names += ["motion_error"] if motions() else []
    if has_bullseye(cohort):
        names.append("bullseye")
    return [f"results/{cohort}/{name}.tsv" for name in names]


def tables_of_cohort(wildcards):
    return cohort_tables(wildcards.cohort)


def tables_of_study(wildcards):
    return [file for cohort in config["study"] for file in cohort_tables(cohort)]


def viewers_of_study(wildcards):
    name = "strain/{method}.viewer.json"
    first = next(iter(METHODS))
    return [file for cohort in config["study"] for file in of_patients(cohort, name, method=first)]


def bullseyes_of_study(wildcards):
    return [file for cohort in config["study"] for file in bullseye_pictures(cohort)]


def patients_of_study(wildcards):
    return {cohort: list(patients(cohort)) for cohort in config["study"]}


def study_results():
    """Everything that a bare `snakemake` builds."""
    results = [
        "results/manuscript/numbers.yaml",
        "results/manuscript/manuscript.pdf",
        "results/report.html",
    ]
    for cohort in config["study"]:
        results += [*cohort_tables(cohort), f"results/{cohort}/figures"]
        results += of_patients(cohort, "strain/{method}.overlay.webp", method=METHODS)
        results += bullseye_pictures(cohort)
    return results
