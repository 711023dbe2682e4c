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


# Invitations by themselves ----------------------------------------------------------------------


def invite(row: AccessRequest, by: User, email: str, **more: Any) -> Any:
    return Api(by).post(place(row, "invitations"), {"email": email, **more})


def at(row: Invitation, verb: str = "") -> str:
    return f"{API}/invitations/{row.public_id}/" + (f"{verb}/" if verb else "")


def test_invite_answers_alike_whether_there_is_an_account(
    draft: AccessRequest, alice: User, bob: User
) -> None:
    with_verified_email(bob)
    told = []
    for email in (bob.email, NEW):
        answer = invite(draft, alice, email)
        again = invite(draft, alice, email)
        body = {**answer.json(), "id": "", "email": "", "sent_at": "", "expires_at": ""}
        sentence = problem_of(again, 422)["detail"].replace(email, "")
        told.append((answer.status_code, sorted(answer.headers), body, sentence))
    assert told[0] == told[1]
    assert told[0][0] == 201


def test_invited_person_reads_accepts_and_leaves(
    draft: AccessRequest, alice: User, bob: User
) -> None:
    row = Invitation.objects.get(
        public_id=invite(draft, alice, bob.email, shows_purpose=True).json()["id"]
    )
    api = Api(with_verified_email(bob))
    (listed,) = api.get(f"{API}/invitations/").json()["results"]
    assert listed == api.get(at(row)).json()
    shown = listed["draft"]
    assert (shown["requester_email"], shown["models"]) == (alice.email, [OPUS])
    assert shown["purpose"] == draft.revision.purpose
    problem_of(api.post(at(row, "accept"), {"terms": shown["policy_version"] + 1}), 409)
    body = {"terms": shown["policy_version"]}
    states = [api.post(at(row, "accept"), body).json()["state"] for _ in range(2)]
    assert states == ["accepted"] * 2
    assert list(draft.revision.collaborators.all()) == [bob]
    left = api.post(at(row, "decline")).json()
    assert (left["state"], left["draft"]) == ("declined", None)
    assert not draft.revision.collaborators.exists()


def test_purpose_is_not_shown_unless_it_is_said_to_be(
    draft: AccessRequest, alice: User, bob: User
) -> None:
    invite(draft, alice, bob.email)
    row, api = Invitation.objects.get(), Api(with_verified_email(bob))
    assert api.get(at(row)).json()["draft"]["purpose"] is None
    allowed = Api(alice).post(at(row, "allow"), {"shows_purpose": True}).json()
    assert (allowed["shows_purpose"], allowed["may_edit"]) == (True, False)
    assert api.get(at(row)).json()["draft"]["purpose"] == draft.revision.purpose


@pytest.mark.parametrize(
    ("who", "status"), [("bob", 403), ("eve", 404), ("rita", 404), ("pat", 404)]
)
def test_only_its_sender_changes_an_invitation(
    draft: AccessRequest, alice: User, bob: User, who: str, status: int, request: Any
) -> None:
    invite(draft, alice, bob.email)
    row = Invitation.objects.get()
    api = Api(with_verified_email(request.getfixturevalue(who)))
    problem_of(api.get(place(draft, "invitations")), 404)
    for verb in ("send-again", "allow", "withdraw"):
        problem_of(api.post(at(row, verb)), status)
    problem_of(Api(alice).post(at(row, "accept"), {"terms": 1}), 403)
    row.refresh_from_db()
    assert (row.state, row.sends) == ("waiting", 1)


def test_unverified_address_opens_no_invitation(
    draft: AccessRequest, alice: User, bob: User
) -> None:
    invite(draft, alice, bob.email)
    problem_of(Api(bob).get(at(Invitation.objects.get())), 404)
    assert Api(bob).get(f"{API}/invitations/").json()["results"] == []


def test_sender_sends_again_and_withdraws(draft: AccessRequest, alice: User) -> None:
    invite(draft, alice, NEW)
    row, api = Invitation.objects.get(), Api(alice)
    problem_of(api.post(at(row, "send-again")), 409)  # only just sent
    Invitation.objects.update(sent_at=timezone.now() - invitations.MIN_RESEND_INTERVAL)
    assert api.post(at(row, "send-again")).status_code == 200
    states = [api.post(at(row, "withdraw")).json()["state"] for _ in range(2)]
    assert states == ["withdrawn"] * 2
    assert [one["state"] for one in api.get(place(draft, "invitations")).json()["results"]] == [
        "withdrawn"
    ]


def test_collaborator_without_an_invitation_is_removed(
    draft: AccessRequest, alice: User, rita: User
) -> None:
    draft.revision.collaborators.add(rita)
    body = {"person": rita.email.upper()}
    answer = Api(alice).post(place(draft, "collaborators/remove"), body)
    assert answer.json()["revision"]["collaborators"] == []
    problem_of(Api(alice).post(place(draft, "collaborators/remove"), body), 409)
