"""Who may open and call what: every URL of the site as everybody, as access_matrix.txt says.

A URL that isn't in the file fails, and so does an answer that isn't the one written there. Each
failure shows the line as it would be now: read what it opens before you put it in.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from lifecycle.catalogue.editors import EDITORS
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app.actions import policies
from requests_app.actions.keys import service_tokens
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import invitations
from requests_app.models import (
    AccessRequest,
    Invitation,
    Policy,
    ServiceToken,
    StandingRule,
    TokenPermission,
)
from requests_app.throttling import RATE_LIMITS
from tests.conftest import person
from tests.standing.conftest import by_list, lab, publish, text
from tests.support.desk_client import signed_in
from tests.support.request_standings import standings
from tests.support.site_urls import There, address, routes
from tests.support.soak_sizes import some

__all__ = ["by_list", "lab", "publish", "standings", "text"]
pytestmark = pytest.mark.django_db

MATRIX = Path(__file__).with_name("access_matrix.txt")
JSON = "application/json"
CALLS = ("api/", "gateway/", "oauth/")
ANSWERS = {
    **dict.fromkeys((200, 201, 202, 204), "o"),
    **dict.fromkeys((301, 302), ">"),
    400: "b",
    401: "i",
    403: "x",
    404: "-",
    405: "m",
    406: "a",
    409: "c",
    410: "g",
    412: "t",
    415: "k",
    422: "u",
    428: "t",
}


class Row(NamedTuple):
    """A method and a route."""

    method: str
    route: str

    def __str__(self) -> str:
        return f"{self.method} /{self.route}"


def rows() -> list[Row]:
    """GET of everything, and POST of what programs call."""
    every = routes()
    posts = [Row("POST", route) for route in every if route.startswith(CALLS)]
    return [*(Row("GET", route) for route in every), *posts]


def written() -> dict[str, str]:
    lines = [line for line in MATRIX.read_text().splitlines() if line and line[0] != "#"]
    cells = (re.fullmatch("([^A-Z]+) ([A-Z]+ .+)", line) for line in lines)
    return {found[2]: found[1] for found in cells if found}


@pytest.fixture
def people(
    policy: Policy, alice: User, eve: User, rita: User, pat: User, ada: User
) -> dict[str, Client]:
    """Of the policy and of another one, by what they are."""
    staff = {name: person(name, staff=True) for name in ("otis", "rosa", "edda")}
    elsewhere = Group.objects.create(name="Other owners")
    elsewhere.user_set.add(staff["otis"])
    Group.objects.create(name="Other reviewers").user_set.add(staff["rosa"])
    Group.objects.get_or_create(name=EDITORS)[0].user_set.add(staff["edda"])
    policies.create("other", by=staff["otis"], name="Other", owners=elsewhere, ai_models=[])
    everybody = {
        "requester": alice, "stranger": eve, "reviewer": rita, "reviewer of others": staff["rosa"],
        "owner": pat, "owner of others": staff["otis"], "catalogue editor": staff["edda"],
        "superuser": ada,
    }  # fmt: skip
    return {"nobody": Client(), **{name: signed_in(who) for name, who in everybody.items()}}


@pytest.fixture
def tokens(ada: User) -> dict[str, Client]:
    """A superuser's service tokens, one for each permission: so what each opens at most."""
    end = timezone.now() + timedelta(days=9)
    made = {
        str(one): service_tokens.create("x", owner=ada, permissions=[one], expires_at=end, by=ada)
        for one in TokenPermission
    }
    return {
        name: Client(headers={"Authorization": f"Bearer {new.secret}"})
        for name, new in made.items()
    }


@dataclass(frozen=True)
class World:
    """Alice's, and what belongs to the policy; of most else there is none."""

    alice: User
    opus: AIModel
    policy: Policy
    reviewers: Group
    sent: AccessRequest
    begun: AccessRequest
    claimed: ClaimedKey
    rule: StandingRule
    institution: Institution
    token: ServiceToken
    invited: Invitation


@pytest.fixture
def world(
    standings: dict[str, AccessRequest], claimed: ClaimedKey, by_list: StandingRule, opus: AIModel,
    policy: Policy, alice: User, reviewers: Group, tokens: dict[str, Client],
) -> World:  # fmt: skip
    sent, begun = standings["in_review"], standings["draft"]
    institution = Institution.objects.get(name="Example University")
    token = ServiceToken.objects.earliest("pk")
    invited = invitations.invite(begun, "guest@example.org", by=alice)
    return World(
        alice, opus, policy, reviewers, sent, begun, claimed, by_list, institution, token, invited
    )


@pytest.fixture
def there(world: World) -> There:
    """What addresses name."""
    return {**anywhere(world), **on_the_desk(world), **by_public_id(world), **of_some(world)}


def anywhere(world: World) -> There:
    """Where nothing below is closer."""
    values = {
        "public_id": "none", "id": 1, "object_id": 0, "pk": world.opus.pk, "number": 1,
        "file": world.begun.revision.files.get().public_id, "group": world.reviewers.pk,
        "identifier": world.opus.identifier, "value": world.opus.identifier, "kind": "models",
        "slug": "none", "interview": 1, "session": 1, "token": "none", "key": "none",
        "uidb36": "1", "provider_id": "none", "suffix": "bib", "app_label": "requests_app",
        "content_type_id": 1, "url": "nowhere",
    }  # fmt: skip
    return {("", name): value for name, value in values.items()}


def on_the_desk(world: World) -> There:
    rows: list[Any] = [
        world.alice, world.institution, world.opus, world.opus.provider, world.reviewers,
        world.sent, world.claimed.key.grant, world.policy, world.policy.current, world.rule,
        world.token,
    ]  # fmt: skip
    return {
        (f"admin/{row._meta.app_label}/{row._meta.model_name}/", "object_id"): row.pk
        for row in rows
    }


def by_public_id(world: World) -> There:
    grant, key = world.claimed.key.grant, world.claimed.key
    rows: dict[str, Any] = {
        "access": grant, "api/v1/grants": grant, "keys": key, "api/v1/keys": key,
        "admin/requests_app/grant": key, "requests": world.sent, "api/v1/requests": world.sent,
        "api/v1/reviews": world.sent, "api/v1/emergency-requests": world.sent,
        "requests/<public_id>/files": world.begun, "api/v1/requests/<id>/files": world.begun,
        "standing": world.rule, "api/v1/standing-offers": world.rule,
        "api/v1/standing-rules": world.rule, "invitations": world.invited,
        "api/v1/invitations": world.invited, "api/v1/service-tokens": world.token,
    }  # fmt: skip
    return {
        (f"{path}/", name): row.public_id
        for path, row in rows.items()
        for name in ("public_id", "id")
    }


def of_some(world: World) -> There:
    """Parameters that only some pages have, or mean in their own way."""
    provider, ending = world.opus.provider.slug, "admin/requests_app/bulkrevocation"
    return {
        ("api/v1/policies/", "id"): world.policy.slug,
        ("api/v1/scorecard/", "id"): provider,
        ("scorecard/", "slug"): provider,
        ("requests/<public_id>/edit/", "slug"): "use",
        ("feeds/", "file"): "changes.atom",
        ("admin/requests_app/policy/", "file"): "requests",
        ("api/v1/policies/", "file"): "requests",
        ("admin/people/user/", "id"): world.alice.pk,
        (f"{ending}/person/", "pk"): world.alice.pk,
        (f"{ending}/institution/", "pk"): world.institution.pk,
        (f"{ending}/policy/", "pk"): world.policy.pk,
        ("admin/requests_app/breakglass/", "pk"): world.sent.pk,
    }


def test_every_url_is_in_the_matrix() -> None:
    assert list(written()) == [str(row) for row in rows()]


def test_everybody_is_answered_as_the_matrix_says(
    people: dict[str, Client], tokens: dict[str, Client], there: There, settings: Settings
) -> None:
    for limit in RATE_LIMITS.values():
        setattr(settings, limit.setting, 1_000_000)
    as_written = written()
    wrong = []
    for row in some(rows(), 60):
        groups = (people, tokens) if row.route.startswith(CALLS) else (people,)
        found = " ".join(
            "".join(answer(client, row, there) for client in group.values()) for group in groups
        )
        if as_written.get(str(row)) != found:
            wrong.append(f"{found} {row}")
    assert wrong == [], "\n".join(wrong)


def answer(client: Client, row: Row, there: There) -> str:
    """Return the letter for the status; what a call does is undone."""
    with transaction.atomic():
        target = address(row.route, there)
        sent = client.get(target) if row.method == "GET" else client.post(target, {}, JSON)
        sent.getvalue()  # which closes a file that it sends
        transaction.set_rollback(True)
    return ANSWERS[sent.status_code]
