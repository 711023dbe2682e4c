"""Between the code's words and the model's."""

from datetime import timedelta

from requests_app.actions.requests.requests import Ask
from requests_app.models import Scope
from tests import model
from tests.conftest import COMPLETE


def as_name(email: str) -> str:
    return email.partition("@")[0]


def as_ask(text: model.Text) -> Ask:
    return Ask(
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


def as_scope(scope: model.Scope) -> Scope:
    models, operations, days = scope
    return Scope(tuple(sorted(models)), tuple(sorted(operations)), timedelta(days=days))
