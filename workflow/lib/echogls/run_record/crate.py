"""A study's results as a Workflow Run RO-Crate: ro-crate-metadata.json at their top.

Profile Workflow Run Crate 0.5 (S. Leo et al., PLoS ONE 2024, doi 10.1371/journal.pone.0309210) on
RO-Crate 1.1. Who ran the study is not said: no agent, no host.
"""

import mimetypes
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from echogls import __version__
from echogls.files import whole_file
from echogls.run_record.inputs import file_digest

NAME = "ro-crate-metadata.json"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
DIGEST_TERM = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
CODE_LICENCE = "https://spdx.org/licenses/Apache-2.0"
# What the system's own list of formats may lack.
FORMATS = {
    ".tsv": "text/tab-separated-values",
    ".yaml": "application/yaml",
    ".md": "text/markdown",
    ".typ": "text/x-typst",
}
# How a file of the run is called as a parameter of the workflow.
TAKEN = {
    "run/config.yaml": "the merged config",
    "run/inputs.tsv": "digests of recordings, sheets, readings and networks",
}


def write_crate(
    results: Path,
    files: Iterable[Path],
    *,
    cohorts: Mapping[str, bool],
    workflow: Path,
    rules: Iterable[Path],
    snakemake: str,
) -> None:
    """Write the crate's metadata; the files stay as they are.

    Parameters
    ----------
    results : the top of the crate.
    files : files and folders below `results` that the study made or took (TAKEN); a folder is
        described as one.
    cohorts : the study's cohorts, each with whether it is simulated.
    workflow, rules : the workflow's main file and what it includes, below `results`.
    snakemake : its version.
    """
    now = datetime.now(UTC)
    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms.update(DIGEST_TERM)
    named = [f"{name} (simulated)" if made else name for name, made in cohorts.items()]
    crate.name = f"EchoGLS study of {', '.join(named)}"
    crate.description = (
        "Global longitudinal strain of the left ventricle by automatic methods, compared with "
        "readers where there are any; research use only."
    )
    crate.datePublished = now.date()
    crate.license = "As the study's authors decide; the workflow is Apache-2.0"
    crate.root_dataset["conformsTo"] = [
        _thing(crate, url, "CreativeWork", name=name, version=version)
        for url, (name, version) in PROFILES.items()
    ]
    main = _workflow(crate, results, workflow, snakemake)
    main["hasPart"] = [_entity(crate, results, path) for path in rules]
    entities = {path: _entity(crate, results, path) for path in sorted(set(files))}
    taken = [entity for path, entity in entities.items() if _place(results, path) in TAKEN]
    outputs = [entity for entity in entities.values() if entity not in taken]
    action = crate.add_action(
        main,
        identifier="#run",
        object=taken,
        result=outputs,
        properties={
            "name": f"Run of EchoGLS {__version__}",
            "endTime": now.isoformat(timespec="seconds"),
            "description": "Every stage of the study that was not made before, by Snakemake",
            "actionStatus": "http://schema.org/CompletedActionStatus",
        },
    )
    crate.root_dataset["mentions"] = action
    main["input"] = [
        _parameter(crate, Path(entity.id).stem, TAKEN[entity.id], [entity]) for entity in taken
    ]
    tables = [entity for entity in outputs if entity.type == "File"]
    main["output"] = _parameter(crate, "results", "tables, draft and report", tables)
    with whole_file(results / NAME) as stream:
        for _, part in crate.metadata.stream():
            stream.write(part)


def _workflow(crate: ROCrate, results: Path, workflow: Path, snakemake: str) -> Entity:
    main = crate.add_workflow(
        workflow,
        _place(results, workflow),
        main=True,
        lang="snakemake",
        lang_version=snakemake,
        properties={
            "name": "EchoGLS",
            "version": __version__,
            "license": {"@id": CODE_LICENCE},
            "encodingFormat": "text/plain",
            "sha256": file_digest(workflow),
        },
    )
    _thing(crate, CODE_LICENCE, "CreativeWork", name="Apache License 2.0")
    main["conformsTo"] = _thing(
        crate,
        "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE",
        "CreativeWork",
        name="ComputationalWorkflow",
        version="1.0-RELEASE",
    )
    return main


def _entity(crate: ROCrate, results: Path, path: Path) -> Entity:
    """A file with its size and digest, or a folder."""
    place = _place(results, path)
    if path.is_dir():
        return crate.add_dataset(path, place, properties={"name": place})
    facts = {
        "name": place,
        "contentSize": str(path.stat().st_size),
        "encodingFormat": _format(path),
        "sha256": file_digest(path),
    }
    return crate.add_file(path, place, properties=facts)


def _format(path: Path) -> str:
    types = {
        ".smk": "text/plain",  # elsewhere the suffix of a video format
        ".tsv": "text/tab-separated-values",
        ".yaml": "application/yaml",
        ".md": "text/markdown",
    }
    return types.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain"


def _parameter(crate: ROCrate, name: str, description: str, examples: list[Entity]) -> Entity:
    several = len(examples) > 1
    links = [{"@id": entity.id} for entity in examples]
    parameter = crate.add_formal_parameter(
        name,
        "File",
        identifier=f"#parameter-{name}",
        description=description,
        valueRequired=True,
        properties={"multipleValues": several, "workExample": links if several else links[0]},
    )
    for entity in examples:
        entity["exampleOfWork"] = parameter
    return parameter


def _thing(crate: ROCrate, identifier: str, kind: str, **facts: str) -> Entity:
    return crate.add(ContextEntity(crate, identifier, {"@type": kind} | facts))


def _place(results: Path, path: Path) -> str:
    return Path(path).relative_to(results).as_posix()
