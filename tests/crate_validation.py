"""What roc-validator says of a folder's Workflow Run RO-Crate, without a network."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from rocrate.vocabs import RO_CRATE

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
# Terms that RO-Crate 1.1 names otherwise than the context of 1.3, which the package rocrate holds.
TERMS_OF_1_1 = {
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "input": "https://bioschemas.org/ComputationalWorkflow#input",
    "output": "https://bioschemas.org/ComputationalWorkflow#output",
}


def answer(requester, url, **options):
    """The one document that the validator asks for."""
    assert url == CONTEXT
    context = {"@context": RO_CRATE["@context"] | TERMS_OF_1_1}
    headers = {"Content-Type": "application/ld+json"}
    return SimpleNamespace(status_code=200, headers=headers, json=lambda: context)


def crate_issues(results: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What keeps the folder from being a valid crate; empty where nothing does."""
    services = pytest.importorskip("rocrate_validator.services")
    models = pytest.importorskip("rocrate_validator.models")
    http = pytest.importorskip("rocrate_validator.utils.http")
    monkeypatch.setattr(http.HttpRequester, "get", answer, raising=False)
    settings = services.ValidationSettings(
        rocrate_uri=str(results),
        profile_identifier="workflow-run-crate",
        requirement_severity=models.Severity.REQUIRED,
        offline=True,
        cache_path=str(cache),
    )
    told = services.validate(settings)
    assert told.executed_checks
    return [str(issue.message) for issue in told.get_issues()]
