"""How the tests call the API, and what every problem has."""

from datetime import timedelta
from typing import Any

from rest_framework.test import APIClient

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import AccessRequest, Grant
from tests.conftest import COMPLETE, accepting, today

API = "/api/v1"
OPUS = "claude-3-opus-20240229"


class Api(APIClient):
    """Speaks JSON, with the session of one person."""

    default_format = "json"

    def __init__(self, person: User | None = None, **how: Any) -> None:
        super().__init__(**how)
        if person:
            self.force_login(person)


def text_of(*identifiers: str, **changed: Any) -> dict[str, Any]:
    """The body that asks for these models."""
    days = {"starts_on": f"{today()}", "ends_on": f"{today() + timedelta(days=30)}"}
    body = {"models": list(identifiers), "purpose": "Compare refusals.", **days, **COMPLETE}
    return {**body, **accepting(*AIModel.objects.filter(identifier__in=identifiers)), **changed}


def place(row: AccessRequest | Grant, verb: str = "") -> str:
    kind = "requests" if isinstance(row, AccessRequest) else "grants"
    return f"{API}/{kind}/{row.public_id}/" + (f"{verb}/" if verb else "")


def problem_of(answer: Any, status: int) -> dict[str, Any]:
    """What every problem has; returns the whole of it."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == answer.wsgi_request.path
    return problem
