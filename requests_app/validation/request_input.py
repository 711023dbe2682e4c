"""The input of a form or API call about a request, independent of rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from hashlib import sha256
from typing import Any

from lifecycle.text.normalization import one_line, tidied
from requests_app.models import OPERATIONS, PolicyVersion, Revision, Track
from requests_app.models.requests.attestation import CURRENT_ATTESTATION

SHARED_FIELDS = (
    "title",
    "purpose",
    "starts_on",
    "ends_on",
    "expected_cost",
    "expected_use",
    "track",
    "organisation",
    "organisation_id",
    "country",
    "team",
    "scholar",
    "orcid",
    "github",
    "inputs",
    "safety",
    "answers",
)


@dataclass(frozen=True)
class RequestInput:
    """What is requested, why, and by whom; only models and dates are required.

    The dates are UTC days that give start and length: a late approval doesn't shorten it.
    """

    identifiers: tuple[str, ...]
    purpose: str
    starts_on: date
    ends_on: date
    title: str = ""
    operations: tuple[str, ...] = OPERATIONS
    expected_cost: int = 0
    expected_use: str = ""
    track: str = Track.ACADEMIC
    organisation: str = ""
    organisation_id: str = ""
    country: str = ""
    team: str = ""
    scholar: str = ""
    orcid: str = ""
    github: str = ""
    inputs: str = ""
    safety: str = ""
    collaborators: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    attests: bool = False
    accepted_terms: str = ""  # policy slug and version number, like `opus/2`


def normalized(request_input: RequestInput) -> RequestInput:
    """Return the input with all texts normalized."""
    texts: dict[str, Any] = {
        column.name: tidied(str(value))
        for column in fields(RequestInput)
        if isinstance(value := getattr(request_input, column.name), str)
    }
    answers = {key: _tidy(answer) for key, answer in request_input.answers.items()}
    texts["title"] = one_line(request_input.title)
    return replace(request_input, **texts, answers=answers)


def _tidy(answer: Any) -> Any:
    return tidied(answer) if isinstance(answer, str) else answer


def input_of(revision: Revision) -> RequestInput:
    """Return the content of a stored revision."""
    same = {name: getattr(revision, name) for name in SHARED_FIELDS}
    return RequestInput(
        **same,
        identifiers=tuple(model.identifier for model in revision.ai_models.all()),
        operations=tuple(revision.operations),
        collaborators=tuple(person.email for person in revision.collaborators.all()),
        attests=revision.attested == CURRENT_ATTESTATION,
        accepted_terms=name_of(revision.accepted) if revision.accepted else "",
    )


def fingerprint(request_input: RequestInput, names: Iterable[str]) -> str:
    """Return a digest of these fields, which changes with any of them."""
    value = repr([(name, getattr(request_input, name)) for name in sorted(names)])
    return sha256(value.encode()).hexdigest()[:32]


def name_of(version: PolicyVersion) -> str:
    """Return how an input names the version whose terms it accepts."""
    return f"{version.policy.slug}/{version.number}"
