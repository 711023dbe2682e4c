"""The API invites as the pages do: nobody takes part, or is barred by it, who hasn't accepted."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.requests import invitations, requests
from requests_app.models import AccessRequest, Invitation, Notice, Policy
from requests_app.rules import permissions
from requests_app.rules.eligibility import VotingPanel
from tests.support.api_client import API, OPUS, Api, place, problem_of, text_of
from tests.support.desk_client import text_of as desk_text_of
from tests.support.page_client import with_verified_email

pytestmark = pytest.mark.django_db

NEW = "new@example.org"


def named(api: Api, *emails: str, row: AccessRequest | None = None, **more: Any) -> Any:
    """The answer to a draft that names these addresses."""
    body = text_of(OPUS, collaborators=list(emails), **more)
    return api.put(place(row), body) if row else api.post(f"{API}/requests/", body)


def accept(email: str, by: User) -> None:
    invitations.accept(Invitation.objects.get(email=email), by=with_verified_email(by), terms=1)


@pytest.fixture
def with_rita(policy: Policy, alice: User, rita: User) -> AccessRequest:
    """A draft of Alice's that Rita, who reviews such requests, agreed to take part in."""
    named(Api(alice), rita.email)
    accept(rita.email, rita)
    return AccessRequest.objects.get()


def test_naming_a_reviewer_bars_nobody_before_they_accept(
    policy: Policy, alice: User, rita: User
) -> None:
    row = named(Api(alice), rita.email)
    assert row.json()["revision"]["collaborators"] == []
    sent = Api(alice).post(row["Location"] + "submit/").json()
    assert sent["state"] == "in_review"
    stage = AccessRequest.objects.get().stages.open().get()
    assert permissions.why_not("vote", VotingPanel(stage, timezone.now()), rita) is None


def test_answer_is_the_same_with_and_without_an_account(
    policy: Policy, alice: User, bob: User
) -> None:
    told = []
    for email in (bob.email, NEW):
        answer = named(Api(alice), email)
        (invitation,) = answer.json()["invitations"]
        told.append((answer.status_code, invitation["state"], invitation["email"] == email))
        requests.withdraw(AccessRequest.objects.latest("pk"), by=alice)
    assert told == [(201, "waiting", True)] * 2


def test_naming_is_paced_as_invitations_are(
    policy: Policy, alice: User, settings: Settings
) -> None:
    settings.INVITATIONS_PER_HOUR = 2
    api = Api(alice)
    row = named(api, "a@example.org", "b@example.org")
    problem_of(named(api, "a@example.org", NEW, row=AccessRequest.objects.get()), 429)
    assert {one["email"] for one in api.get(row["Location"]).json()["invitations"]} == {
        "a@example.org",
        "b@example.org",
    }


def test_whoever_is_invited_accepts_before_it_is_sent(policy: Policy, alice: User) -> None:
    problem = problem_of(named(Api(alice), NEW, submit=True), 422)
    assert problem["errors"] == {
        "collaborators": [
            "The people you invite have to accept first. Save a draft and send it once they have."
        ]
    }
    assert not AccessRequest.objects.exists()
    assert not Notice.objects.exists()


def test_writing_anew_keeps_who_is_named_and_lets_the_others_go(
    with_rita: AccessRequest, alice: User, rita: User
) -> None:
    api = Api(alice)
    answer = named(api, rita.email, NEW, row=with_rita).json()
    assert answer["revision"]["collaborators"] == [rita.email]
    states = {one["email"]: one["state"] for one in answer["invitations"]}
    assert states == {rita.email: "accepted", NEW: "waiting"}
    answer = named(api, row=with_rita).json()
    assert answer["revision"]["collaborators"] == []
    assert {one["state"] for one in answer["invitations"]} == {"withdrawn"}


@pytest.mark.parametrize(("email", "sentence"), [
    ("alice@example.org", "You are already part of this request. Add other people only."),
    ("second@example.org", "You are already part of this request. Add other people only."),
    ("no address", "Enter one email address, like name@example.org."),
])  # fmt: skip
def test_naming_refuses_as_the_page_does(
    policy: Policy, alice: User, email: str, sentence: str
) -> None:
    with_verified_email(alice, "second@example.org")
    assert problem_of(named(Api(alice), email), 422)["errors"] == {"collaborators": [sentence]}
    assert not AccessRequest.objects.exists()


def test_owners_are_told_when_a_reviewer_takes_part(
    with_rita: AccessRequest, alice: User, pat: User, lee: User
) -> None:
    requests.submit(with_rita, by=alice)
    tasks.send_notices()
    told = [
        message
        for message in mail.outbox
        if message.subject.startswith("A reviewer joined a request")
    ]
    assert {message.to[0] for message in told} == {pat.email, lee.email}
    assert "Rita reviews or owns the policy of Alice's request" in told[0].body
    desk = Client()
    desk.force_login(pat)
    page = desk_text_of(desk.get(f"/admin/requests_app/accessrequest/{with_rita.pk}/change/"))
    assert "reviews or owns this policy, so can't decide" in page
    assert "Some of the policy's reviewers or owners are taking part" in page


def test_owner_who_takes_part_is_told_of_to_the_other_owner(
    draft: AccessRequest, alice: User, pat: User, lee: User
) -> None:
    invitations.invite(draft, pat.email, by=alice)
    accept(pat.email, pat)
    requests.submit(draft, by=alice)
    told = Notice.objects.filter(template="reviewers_take_part")
    assert [notice.recipient for notice in told] == [lee]


def test_draft_that_named_somebody_unasked_is_not_sent(
    draft: AccessRequest, alice: User, rita: User
) -> None:
    """As one could before; such drafts are still there."""
    draft.revision.collaborators.add(rita)
    problem = problem_of(Api(alice).post(place(draft, "submit")), 422)
    assert "hasn't agreed to take part" in problem["errors"]["collaborators"][0]
    invitations.remove_address(draft, rita.email, by=alice)
    assert requests.submit(draft, by=alice).state == "in_review"
