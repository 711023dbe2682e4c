"""What went wrong with access and with privacy elsewhere, one test each; docstrings say where."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.grants import grants
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.gateway.asgi import build
from requests_app.models import (
    AccessRequest,
    Grant,
    Policy,
    Stage,
    Vote,
)
from tests.conftest import ask_for, person
from tests.support.api_client import Api, place, problem_of
from tests.support.desk_client import LIST, decide, form_for, page_of, signed_in
from tests.support.gateway_fixtures import MODEL, SITE, ask
from tests.support.worker_processes import database_under_test

pytestmark = pytest.mark.django_db


def shown(stage: Stage) -> str:
    return stage.revision.digest()


# Who has access, and from when ----------------------------------------------------------------


def says_yes(claimed: ClaimedKey) -> bool:
    gateway = build(database_under_test(), settings.KEY_PEPPERS, SITE)
    return ask(gateway, ("x-api-key", claimed.secret), MODEL).status == 204


CHANGES: list[Callable[[ClaimedKey, User], Any]] = [
    lambda claimed, pat: None,
    lambda claimed, pat: grants.end(claimed.key.grant, by=claimed.key.holder),
    lambda claimed, pat: grants.revoke(claimed.key.grant, by=pat, reason="Misused."),
    lambda claimed, pat: grants.end_due(claimed.key.grant_id, now=claimed.key.expires_at),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES)
def test_list_and_check_agree_who_has_access(
    claimed: ClaimedKey, alice: User, pat: User, change: Callable[[ClaimedKey, User], Any]
) -> None:
    """physionet: the list ignored the duration that the check honoured; Bailo: nobody checked."""
    change(claimed, pat)
    (grant,) = Api(alice).get("/api/v1/grants/").json()["results"]
    listed = grant["state"] == "active" and grant["keys"][0]["state"] == "active"
    assert listed == says_yes(claimed)
    page = signed_in(alice).get("/access/").content.decode()
    assert ("Active" in page) == listed


@pytest.mark.django_db(transaction=True)
def test_check_refuses_at_the_end_though_no_sweep_has_run(claimed: ClaimedKey) -> None:
    """Bailo: the end was stored and never checked."""
    now = timezone.now()
    Grant.objects.update(
        activated_at=now - timedelta(days=90), ends_at=now, claim_by=now, starts_at=now
    )
    assert Grant.objects.get().state == "active"
    assert not says_yes(claimed)


def test_access_starts_its_clock_at_the_approval(stage: Stage, rita: User) -> None:
    """teleport #50011: the clock ran from the request on."""
    later = stage.opened_at + timedelta(days=5)
    with time_machine.travel(later, tick=False):
        votes.approve(stage, by=rita, reason="Yes.", shown=shown(stage))
    grant = Grant.objects.get()
    assert (grant.activated_at, grant.ends_at) == (later, later + timedelta(days=90))


# Who sees what --------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(opus: AIModel, owners: Group, pat: User, lee: User) -> User:
    """A reviewer of another policy."""
    desk = Group.objects.create(name="Another desk")
    dan = person("dan", staff=True)
    dan.groups.add(desk)
    other = AIModel.objects.create(identifier="other", provider=opus.provider, name="Other")
    policy = policies.create("other", by=pat, name="Other", owners=owners, ai_models=[other])
    step = policies.StepInput("Review", desk)
    policies.publish(
        policies.draft(policy, policies.VersionInput("Terms.", [step]), by=pat), by=lee
    )
    return dan


def test_desk_refuses_what_concerns_others(stage: Stage, elsewhere: User) -> None:
    """viewflow 2.3.2: permission on the kind of row was permission on each row."""
    client, row = signed_in(elsewhere), stage.access_request
    assert client.get(page_of(row)).status_code in (302, 404)
    assert decide(elsewhere, stage, "approve").status_code == 404
    assert row.public_id not in client.get(LIST).content.decode()
    assert not Vote.objects.exists()


def test_desk_refuses_a_stage_of_another_request(
    stage: Stage, opus: AIModel, bob: User, rita: User
) -> None:
    """viewflow 2.3.2: the address named one object, the form another."""
    other = requests.save(ask_for(opus), by=bob, submit=True).stages.get()
    form = {**form_for(other, "approve"), "confirmed": "yes"}
    answer = signed_in(rita).post(f"{LIST}{stage.access_request_id}/decide/", form)
    assert answer.status_code == 404
    assert not Vote.objects.exists()


def test_desk_has_no_bulk_actions(stage: Stage, rita: User, rf: Any) -> None:
    """viewflow 2.3.2: bulk actions skipped the check of each row."""
    request = rf.get("/")
    request.user = rita
    for model, desk in admin.site._registry.items():
        if model._meta.app_label == "requests_app":
            assert desk.get_actions(request) == {}, model


@pytest.mark.parametrize("verb", ["", "submit", "withdraw", "appeal"])
def test_api_hides_what_others_asked(draft: AccessRequest, bob: User, verb: str) -> None:
    """viewflow 2.3.2, through the API."""
    call = Api(bob).post if verb else Api(bob).get
    problem_of(call(place(draft, verb)), 404)


def test_list_by_a_prefix_of_the_name_shows_nothing_of_others(
    policy: Policy, opus: AIModel, alice: User, elsewhere: User, reviewers: Group
) -> None:
    """teleport #60559: listing by name prefix gave out other people's lists."""
    short = User.objects.create_user("ali@example.org", full_name="Ali")
    requests.save(ask_for(opus), by=alice, submit=True)
    assert Api(short).get("/api/v1/requests/").json()["results"] == []
    elsewhere.groups.add(Group.objects.create(name=reviewers.name[:4]))
    for search in ("ali", "req_", "", "Opus"):
        page = signed_in(elsewhere).get(LIST, {"q": search}).content.decode()
        assert not re.search("req_[0-9a-f]{16}", page)
