"""Who may open and call what: every URL of the site as everybody, as access_matrix.txt says.

A URL that isn't in the file fails, and so does an answer that isn't the one written there. Each
failure shows the line as it would be now: read what it opens before you put it in.
"""

import re
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


@pytest.fixture
def there(
    standings: dict[str, AccessRequest], claimed: ClaimedKey, by_list: StandingRule, opus: AIModel,
    policy: Policy, alice: User, reviewers: Group, people: dict[str, Client],
) -> There:  # fmt: skip
    """What addresses name: Alice's, and what belongs to the policy; of most else there is none."""
    sent, begun, grant = standings["in_review"], standings["draft"], claimed.key.grant
    invited = invitations.invite(begun, "guest@example.org", by=alice)
    institution = Institution.objects.get(name="Example University")
    pages = {
        "people/user": alice.pk,
        "people/institution": institution.pk,
        "catalogue/aimodel": opus.pk,
        "catalogue/provider": opus.provider_id,
        "auth/group": reviewers.pk,
        "requests_app/accessrequest": sent.pk,
        "requests_app/grant": grant.pk,
        "requests_app/policy": policy.pk,
        "requests_app/policyversion": policy.current.pk,
        "requests_app/standingrule": by_list.pk,
        "requests_app/servicetoken": ServiceToken.objects.earliest("pk").pk,
    }
    public: dict[str, Any] = {
        "access": grant, "api/v1/grants": grant, "keys": claimed.key, "api/v1/keys": claimed.key,
        "requests": sent, "api/v1/requests": sent, "api/v1/reviews": sent,
        "api/v1/emergency-requests": sent, "requests/<public_id>/files": begun,
        "api/v1/requests/<id>/files": begun, "standing": by_list,
        "api/v1/standing-offers": by_list, "api/v1/standing-rules": by_list,
        "invitations": invited,
        "api/v1/invitations": invited,
        "api/v1/service-tokens": ServiceToken.objects.earliest("pk"),
        "admin/requests_app/grant": claimed.key,
    }  # fmt: skip
    anywhere = {
        "public_id": "none", "id": 1, "object_id": 0, "file": begun.revision.files.get().public_id,
        "identifier": opus.identifier, "value": opus.identifier, "kind": "models", "number": 1,
        "slug": "none", "group": reviewers.pk, "interview": 1, "session": 1, "pk": opus.pk,
        "token": "none", "key": "none", "uidb36": "1", "provider_id": "none", "suffix": "bib",
        "app_label": "requests_app", "content_type_id": 1, "url": "nowhere",
    }  # fmt: skip
    return {
        **{("", name): value for name, value in anywhere.items()},
        **{(f"admin/{page}/", "object_id"): pk for page, pk in pages.items()},
        **{(f"{path}/", "public_id"): row.public_id for path, row in public.items()},
        **{(f"{path}/", "id"): row.public_id for path, row in public.items()},
        ("api/v1/policies/", "id"): policy.slug,
        ("api/v1/scorecard/", "id"): opus.provider.slug,
        ("scorecard/", "slug"): opus.provider.slug,
        ("requests/<public_id>/edit/", "slug"): "use",
        ("feeds/", "file"): "changes.atom",
        ("admin/requests_app/policy/", "file"): "requests",
        ("api/v1/policies/", "file"): "requests",
        ("admin/people/user/", "id"): alice.pk,
        ("admin/requests_app/bulkrevocation/person/", "pk"): alice.pk,
        ("admin/requests_app/bulkrevocation/institution/", "pk"): institution.pk,
        ("admin/requests_app/bulkrevocation/policy/", "pk"): policy.pk,
        ("admin/requests_app/breakglass/", "pk"): sent.pk,
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
        callers = {**people, **tokens} if row.route.startswith(CALLS) else people
        found = " ".join(
            "".join(answer(client, row, there) for client in group.values())
            for group in (people, tokens if callers is not people else {})
        ).strip()
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
