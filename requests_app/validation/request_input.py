"""What one form or API call says, apart from rows; each text of it in its one form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from hashlib import sha256
from typing import Any

from lifecycle.text.normalization import tidied
from requests_app.models import OPERATIONS, PolicyVersion, Revision, Track
from requests_app.models.requests.attestation import CURRENT_ATTESTATION

SHARED_FIELDS = (
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
    """What is asked for, why, and by whom. All but the models and the days may be missing yet.

    The dates are UTC days, and say from when and how long: a late approval shortens nothing.
    """

    identifiers: tuple[str, ...]
    purpose: str
    starts_on: date
    ends_on: date
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
    accepted_terms: str = ""  # a policy's slug and the number of its version, like `opus/2`


def normalized(request_input: RequestInput) -> RequestInput:
    """With every text in its one form, from whichever door."""
    texts: dict[str, Any] = {
        column.name: tidied(str(value))
        for column in fields(RequestInput)
        if isinstance(value := getattr(request_input, column.name), str)
    }
    answers = {key: _tidy(answer) for key, answer in request_input.answers.items()}
    return replace(request_input, **texts, answers=answers)


def _tidy(answer: Any) -> Any:
    return tidied(answer) if isinstance(answer, str) else answer


def input_of(revision: Revision) -> RequestInput:
    """What a stored text asks for."""
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
    """Another one when what the ask says under one of these names has changed."""
    value = repr([(name, getattr(request_input, name)) for name in sorted(names)])
    return sha256(value.encode()).hexdigest()[:32]


def name_of(version: PolicyVersion) -> str:
    """How an ask names the version whose terms it accepts."""
    return f"{version.policy.slug}/{version.number}"
