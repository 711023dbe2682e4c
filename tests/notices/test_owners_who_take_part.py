"""A policy's owners may take part in requests under it: of each event they are told once."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.keys import keys, leaks
from requests_app.actions.requests import requests
from requests_app.actions.review import desk_members, votes
from requests_app.models import AccessRequest, Grant, Key, Notice, Policy
from tests.conftest import ask_for, confirmed
from tests.support import accepted_collaborators

pytestmark = pytest.mark.django_db


def told(person: User, kind: str) -> list[str]:
    rows = Notice.objects.filter(recipient=person, event__kind=kind)
    return list(rows.values_list("template", flat=True))


def test_owner_who_joined_hears_once_that_it_is_withdrawn(
    policy: Policy, opus: AIModel, alice: User, pat: User, lee: User
) -> None:
    ask = replace(ask_for(opus), collaborators=(confirmed(pat).email,))
    row = accepted_collaborators.save(ask, by=alice, submit=True)
    requests.withdraw(row, by=alice)
    assert told(pat, "request.withdrawn") == ["joined_closed"]
    assert told(lee, "request.withdrawn") == ["owners_request_withdrawn"]


def test_owner_who_asks_hears_once_of_a_deadlock(
    policy: Policy, opus: AIModel, pat: User, lee: User, rita: User, sam: User
) -> None:
    stage = requests.save(ask_for(opus), by=pat, submit=True).stages.get()
    for reviewer in (rita, sam):
        votes.recuse(stage, by=reviewer, reason="A friend.")
    assert told(pat, "stage.deadlocked") == ["request_deadlocked"]
    assert told(lee, "stage.deadlocked") == ["stage_deadlocked"]


def test_owner_whose_own_key_leaked_hears_once(
    policy: Policy, opus: AIModel, pat: User, lee: User, rita: User,
    approve: Callable[[AccessRequest, User], Grant],
) -> None:  # fmt: skip
    grant = approve(requests.save(ask_for(opus), by=pat, submit=True), rita)
    leaks.report([keys.claim(grant, by=pat).secret])
    assert Key.objects.get().state != "active"
    assert told(pat, "key.revoked") == ["key_leaked"]
    assert told(lee, "key.revoked") == ["owners_key_leaked"]


def test_owner_who_becomes_a_reviewer_hears_once(
    policy: Policy, reviewers: Group, pat: User, lee: User
) -> None:
    desk_members.add(reviewers, confirmed(lee), by=pat)
    assert told(lee, "policy.reviewer_added") == ["reviewer_added"]
