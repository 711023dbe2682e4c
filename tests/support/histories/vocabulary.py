"""Between the code's words and the model's."""

from datetime import timedelta

from requests_app.actions.requests.requests import RequestInput
from requests_app.models import Scope
from tests.conftest import COMPLETE
from tests.support import reference_model


def as_name(email: str) -> str:
    return email.partition("@")[0]


def as_ask(text: reference_model.RequestText) -> RequestInput:
    return RequestInput(
        identifiers=tuple(sorted(text.models)),
        purpose=text.purpose,
        starts_on=text.starts_on,
        ends_on=text.ends_on,
        operations=tuple(sorted(text.operations)),
        expected_cost=text.cost,
        track=text.track,
        collaborators=tuple(f"{name}@example.org" for name in text.collaborators),
        **COMPLETE,
    )


def as_scope(scope: reference_model.Scope) -> Scope:
    models, operations, days = scope
    return Scope(tuple(sorted(models)), tuple(sorted(operations)), timedelta(days=days))
