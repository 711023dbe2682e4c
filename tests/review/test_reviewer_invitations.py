"""Reviewers are invited by mail into a group: by whom, into which, and who can accept."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions import policies
from requests_app.actions.endings import account_deletion
from requests_app.actions.review import reviewer_invitations as invitations
from requests_app.models import Event, Notice, Policy, ReviewerInvitation, Stage
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.reports import data_export
from requests_app.rules.eligibility import VotingPanel
from requests_app.transitions import audit_chain
from tests.conftest import person
from tests.support.concurrency import at_once
from tests.support.desk_client import member, signed_in, text_of
from tests.support.page_client import Browser, page, with_verified_email
from tests.support.sent_mail import sent

pytestmark = pytest.mark.django_db

NEW = "new@example.org"


@pytest.fixture
def invitation(policy: Policy, reviewers: Group, pat: User) -> ReviewerInvitation:
    """For somebody who has no account."""
    return invitations.invite(policy, reviewers, " New@Example.org ", by=pat)


@pytest.fixture
def newcomer(invitation: ReviewerInvitation) -> User:
    """Who signed up after the mail, and confirmed the address."""
    return with_verified_email(person("new"))


# Invite -----------------------------------------------------------------------------------------


def test_invited_address_gets_one_mail_with_a_link(invitation: ReviewerInvitation) -> None:
    (message,) = sent()
    assert message.to == [NEW]
    assert "Pat invites you to review requests" in message.subject
    assert f"{invitation.expires_at:%Y}" in message.subject
    assert f"http://localhost:8000/reviewer-invitations/{invitation.public_id}/" in message.body
    assert "Opus reviewers, who decide on requests under Opus 3" in message.body
    lasts = invitation.expires_at - invitation.sent_at
    assert lasts == timedelta(days=14)


def test_address_is_in_no_event(invitation: ReviewerInvitation, newcomer: User) -> None:
    invitations.accept(invitation, by=newcomer)
    kinds = ("reviewer_invitation.sent", "reviewer_invitation.accepted", "policy.reviewer_added")
    events = Event.objects.filter(policy=invitation.policy, kind__in=kinds)
    assert {event.kind for event in events} == set(kinds)
    assert not any(NEW in str(event.details) for event in events)
    assert not list(audit_chain.problems())


@pytest.mark.parametrize("who", ["rita", "alice", "eve"])
def test_only_owners_invite(policy: Policy, reviewers: Group, get: Any, who: str) -> None:
    with pytest.raises(NotAllowed):
        invitations.invite(policy, reviewers, NEW, by=get(who))


@pytest.fixture
def get(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue


def test_owner_invites_into_no_group_that_the_policy_does_not_name(
    policy: Policy, pat: User
) -> None:
    other = Group.objects.create(name="Others")
    with pytest.raises(NotAllowed, match="doesn't name the group"):
        invitations.invite(policy, other, NEW, by=pat)


def test_group_that_does_more_than_review_is_for_superusers(
    policy: Policy, reviewers: Group, pat: User
) -> None:
    """Or naming it as reviewers, and inviting a friend, would be a way to its rights."""
    reviewers.permissions.add(Permission.objects.get(codename="change_institution"))
    with pytest.raises(NotAllowed, match="does more than review"):
        invitations.invite(policy, reviewers, NEW, by=pat)
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    assert invitations.invite(policy, reviewers, NEW, by=ada).by == ada


def test_group_of_others_policies_too_is_not_one_owners_alone(
    policy: Policy, reviewers: Group, pat: User
) -> None:
    olga = member("olga", Group.objects.create(name="Owners of B"))
    theirs = policies.create("b", by=olga, name="B", owners=olga.groups.get(), ai_models=[])
    text = policies.VersionInput("For research.", [policies.StepInput("Review", reviewers)])
    policies.draft(theirs, text, by=olga)
    with pytest.raises(NotAllowed, match="named by other policies, too: B"):
        invitations.invite(policy, reviewers, NEW, by=pat)


def test_what_can_not_be_invited_is_said_at_the_address(
    invitation: ReviewerInvitation, policy: Policy, reviewers: Group, pat: User, rita: User
) -> None:
    for email, sentence in (
        ("nobody", "Enter one email address"),
        (NEW, "already invited"),
        (rita.email, "already in Opus reviewers"),
        (pat.email, "can't add yourself"),
    ):
        with pytest.raises(Invalid) as refused:
            invitations.invite(policy, reviewers, email, by=pat)
        assert sentence in str(refused.value.errors["email"])


def test_address_gets_three_invitations_a_day_at_most(
    policy: Policy, reviewers: Group, pat: User
) -> None:
    for _ in range(3):
        row = invitations.invite(policy, reviewers, NEW, by=pat)
        invitations.withdraw(row, by=pat)
    with pytest.raises(Invalid, match="We've already sent 3 emails"):
        invitations.invite(policy, reviewers, NEW, by=pat)


# Send again -------------------------------------------------------------------------------------


@pytest.fixture
def unanswered(invitation: ReviewerInvitation) -> ReviewerInvitation:
    """Sent a day ago and read by nobody."""
    sent()
    hour = timedelta(hours=1)
    ReviewerInvitation.objects.update(sent_at=invitation.sent_at - 25 * hour)
    return ReviewerInvitation.objects.get()


def test_sending_again_sends_a_new_link_and_the_old_one_is_dead(
    unanswered: ReviewerInvitation, newcomer: User, lee: User
) -> None:
    again = invitations.send_again(unanswered, by=lee)  # another owner
    (message,) = sent()
    assert message.to == [NEW]
    assert "Lee invites you to review requests" in message.subject
    assert again.public_id in message.body
    assert unanswered.public_id not in message.body
    with pytest.raises(WrongState, match="withdrawn"):
        invitations.accept(unanswered, by=newcomer)
    assert invitations.accept(again, by=newcomer).state == "accepted"
    assert not list(audit_chain.problems())


def test_sending_again_is_limited_as_sending_is(
    invitation: ReviewerInvitation, pat: User, rita: User, newcomer: User
) -> None:
    with pytest.raises(NotAllowed):
        invitations.send_again(invitation, by=rita)
    with pytest.raises(WrongState, match="only just sent"):
        invitations.send_again(invitation, by=pat)
    row = invitation
    for left in (2, 1, 0):
        ReviewerInvitation.objects.update(sent_at=F("sent_at") - timedelta(hours=1))
        if left:
            row = invitations.send_again(row, by=pat)
    with pytest.raises(Invalid, match="already sent 3 emails"):
        invitations.send_again(row, by=pat)
    assert invitations.accept(row, by=newcomer).state == "accepted"  # what was sent still holds


def test_sending_again_to_a_group_that_came_to_do_more_takes_nothing_back(
    unanswered: ReviewerInvitation, pat: User
) -> None:
    make_group_do_more(unanswered)
    with pytest.raises(NotAllowed, match="does more than review"):
        invitations.send_again(unanswered, by=pat)
    assert ReviewerInvitation.objects.get().state == "waiting"


# Accept -----------------------------------------------------------------------------------------


def test_accepting_joins_the_group_and_opens_the_desk(
    invitation: ReviewerInvitation, newcomer: User, reviewers: Group, stage: Stage
) -> None:
    sent()
    assert newcomer not in VotingPanel(stage, timezone.now()).asked
    done = invitations.accept(invitation, by=newcomer)
    newcomer.refresh_from_db()
    assert (done.state, done.person) == ("accepted", newcomer)
    assert newcomer.is_staff
    assert reviewers.user_set.contains(newcomer)
    assert newcomer in VotingPanel(stage, timezone.now()).asked
    told = {message.to[0]: message.subject for message in sent()}
    assert told["pat@example.org"] == "new@example.org joined Opus reviewers"
    assert told[NEW] == "You are a reviewer now: Opus reviewers"
    assert told["lee@example.org"] == "The reviewers of Opus 3 have changed"
    assert len(mail.outbox) == len(told)


def test_only_the_confirmed_address_accepts(
    invitation: ReviewerInvitation, bob: User, pat: User
) -> None:
    typed = person("new")  # signed up, and never followed the link in the mail
    for who in (typed, with_verified_email(bob), pat):
        for act in (invitations.accept, invitations.decline):
            with pytest.raises(NotAllowed, match="another address"):
                act(invitation, by=who)
    with_verified_email(bob, NEW)  # a second address of his
    assert invitations.accept(invitation, by=bob).person == bob


def test_owner_who_takes_over_the_address_does_not_join_by_their_own_invitation(
    invitation: ReviewerInvitation, pat: User
) -> None:
    with_verified_email(pat, NEW)
    with pytest.raises(NotAllowed, match="You sent this invitation yourself"):
        invitations.accept(invitation, by=pat)


def test_it_is_accepted_once(invitation: ReviewerInvitation, newcomer: User, bob: User) -> None:
    invitations.accept(invitation, by=newcomer)
    with pytest.raises(WrongState):
        invitations.accept(invitation, by=newcomer)
    newcomer.groups.clear()
    with pytest.raises(WrongState):
        invitations.accept(invitation, by=newcomer)
    assert not newcomer.groups.exists()


def test_expired_one_is_not_accepted(invitation: ReviewerInvitation, newcomer: User) -> None:
    past = timezone.now() - timedelta(minutes=1)
    ReviewerInvitation.objects.update(sent_at=past - timedelta(days=14), expires_at=past)
    with pytest.raises(WrongState, match="has expired"):
        invitations.accept(invitation, by=newcomer)
    assert tasks.lapse_invitations() == 1
    assert ReviewerInvitation.objects.get().state == "lapsed"
    assert not sent()  # it isn't sent after its end


def test_one_that_was_taken_back_is_not_accepted_nor_sent(
    invitation: ReviewerInvitation, newcomer: User, lee: User
) -> None:
    invitations.withdraw(invitation, by=lee)  # another owner
    assert not sent()
    with pytest.raises(WrongState):
        invitations.accept(invitation, by=newcomer)


def lose_ownership(invitation: ReviewerInvitation) -> None:
    invitation.by.groups.clear()


def lose_standing(invitation: ReviewerInvitation) -> None:
    User.objects.filter(pk=invitation.by_id).update(is_active=False)


def make_group_do_more(invitation: ReviewerInvitation) -> None:
    invitation.group.permissions.add(Permission.objects.get(codename="change_institution"))


@pytest.mark.parametrize("change", [lose_ownership, lose_standing, make_group_do_more])
def test_it_holds_only_while_its_sender_could_still_add_them(
    invitation: ReviewerInvitation, newcomer: User, change: Any
) -> None:
    change(invitation)
    with pytest.raises(WrongState, match="can no longer add reviewers"):
        invitations.accept(ReviewerInvitation.objects.get(), by=newcomer)
    assert not newcomer.groups.exists()
    assert invitations.decline(ReviewerInvitation.objects.get(), by=newcomer).state == "declined"


def test_closed_account_does_not_join(invitation: ReviewerInvitation, newcomer: User) -> None:
    User.objects.filter(pk=newcomer.pk).update(is_active=False)
    with pytest.raises(NotAllowed, match="good standing"):
        invitations.accept(invitation, by=newcomer)


def test_reviewer_with_a_request_in_review_joins_and_does_not_decide_it(
    policy: Policy, reviewers: Group, pat: User, stage: Stage, alice: User
) -> None:
    """Alice's own; the others go on."""
    row = invitations.invite(policy, reviewers, alice.email, by=pat)
    invitations.accept(row, by=with_verified_email(alice))
    panel = VotingPanel(stage, timezone.now())
    assert alice not in panel.asked
    assert not panel.is_deadlocked


def test_sender_hears_of_a_refusal(invitation: ReviewerInvitation, newcomer: User) -> None:
    sent()
    invitations.decline(invitation, by=newcomer)
    [message] = sent()
    assert (message.to, "declined your invitation" in message.subject) == (
        ["pat@example.org"],
        True,
    )


@pytest.mark.django_db(transaction=True)
def test_accepting_and_taking_back_at_once_is_one_of_both(
    policy: Policy, reviewers: Group, pat: User, bob: User
) -> None:
    row = invitations.invite(policy, reviewers, bob.email, by=pat)
    with_verified_email(bob)
    done = at_once(
        lambda: invitations.accept(row, by=bob), lambda: invitations.withdraw(row, by=pat)
    )
    kinds = sorted(type(each).__name__ for each in done)
    assert kinds == ["ReviewerInvitation", "WrongState"]
    assert bob.groups.exists() == (ReviewerInvitation.objects.get().state == "accepted")


# Erasure ----------------------------------------------------------------------------------------


def test_deleting_an_account_erases_its_address(
    invitation: ReviewerInvitation, newcomer: User
) -> None:
    assert data_export.of_person(newcomer)["invitations_to_review"][0]["email"] == NEW
    account_deletion.delete_account(newcomer, by=newcomer)
    assert NEW not in ReviewerInvitation.objects.get().email
    assert not Notice.objects.filter(address=NEW).exists()
    assert not sent()


# Pages ------------------------------------------------------------------------------------------


def own_page(policy: Policy) -> str:
    return f"/admin/requests_app/policy/{policy.pk}/invitations/"


def test_owner_invites_sees_who_is_invited_and_takes_it_back(
    policy: Policy, reviewers: Group, pat: User, lee: User
) -> None:
    desk, address = signed_in(pat), own_page(policy)
    sent = {"email": NEW, "group": reviewers.pk}
    shown = text_of(desk.post(address, sent, follow=True))
    assert f"Invitation sent to {NEW}." in shown
    row = ReviewerInvitation.objects.get()
    others = signed_in(lee)
    assert f'<th scope="row">{NEW}</th>' in text_of(others.get(address))
    again = others.post(f"{address}{row.public_id}/withdraw/", follow=True)
    assert f"Invitation to {NEW} taken back." in text_of(again)
    assert "Withdrawn" in text_of(again)


def test_owner_sends_it_again_on_the_page(unanswered: ReviewerInvitation, pat: User) -> None:
    desk, address = signed_in(pat), own_page(unanswered.policy)
    assert f'action="{unanswered.public_id}/again/"' in text_of(desk.get(address))
    shown = text_of(desk.post(f"{address}{unanswered.public_id}/again/", follow=True))
    assert f"Invitation sent to {NEW} again." in shown
    again = ReviewerInvitation.objects.get(state="waiting")
    refused = desk.post(f"{address}{again.public_id}/again/")
    assert refused.status_code == 409
    assert "only just sent" in text_of(refused)


def test_refused_address_stays_in_its_field(policy: Policy, reviewers: Group, pat: User) -> None:
    answer = signed_in(pat).post(own_page(policy), {"email": "no body", "group": reviewers.pk})
    assert answer.status_code == 422
    assert 'value="no body"' in text_of(answer)


def test_page_of_others_is_closed_and_names_no_group_that_is_not_theirs(
    policy: Policy, rita: User, pat: User, reviewers: Group
) -> None:
    assert signed_in(rita).get(own_page(policy)).status_code == 404
    other = Group.objects.create(name="Others")
    sent = {"email": NEW, "group": other.pk}
    assert signed_in(pat).post(own_page(policy), sent).status_code == 422
    reviewers.permissions.add(Permission.objects.get(codename="change_institution"))
    assert "does more than review" in text_of(signed_in(pat).get(own_page(policy)))
    assert not ReviewerInvitation.objects.exists()


def test_invited_person_signs_in_accepts_and_opens_the_desk(
    invitation: ReviewerInvitation, newcomer: User, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    browser, address = Browser(newcomer), f"/reviewer-invitations/{invitation.public_id}/"
    shown = page(browser.get(address))
    assert "Pat invites you to review" in shown
    assert "Claude Opus 3" in shown
    assert "second factor" not in shown
    answer = browser.post(f"{address}accept/", follow=True)
    assert "You are a reviewer now." in page(answer)
    assert 'href="/admin/"' in answer.content.decode()
    assert browser.get("/admin/").status_code == 200


def test_desk_still_wants_a_second_factor(
    invitation: ReviewerInvitation, newcomer: User, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    browser, address = Browser(newcomer), f"/reviewer-invitations/{invitation.public_id}/"
    assert "The review desk requires a second factor." in page(browser.get(address))
    browser.post(f"{address}accept/")
    assert browser.get("/admin/").status_code == 302


def test_link_tells_others_nothing(invitation: ReviewerInvitation, bob: User) -> None:
    address = f"/reviewer-invitations/{invitation.public_id}/"
    for answer in (
        Browser(bob).get(address),
        Browser(bob).post(f"{address}accept/"),
        Browser(bob).post(f"{address}decline/"),
        Browser(bob).get("/reviewer-invitations/rinv_none/"),
    ):
        assert answer.status_code == 404
        assert "Opus" not in answer.content.decode()
    anonymous = Browser().get(address)
    assert anonymous.status_code == 302
    assert "next=" in anonymous.headers["Location"]


def test_signing_up_leads_back_to_the_invitation(invitation: ReviewerInvitation) -> None:
    address = f"/reviewer-invitations/{invitation.public_id}/"
    answer = Browser().get(address, follow=True)
    assert f"next={address}".replace("/", "%2F") in answer.content.decode().replace("/", "%2F")


def test_page_takes_as_many_queries_for_three_hundred_as_for_one(
    invitation: ReviewerInvitation, pat: User, lee: User
) -> None:
    desk, address = signed_in(pat), own_page(invitation.policy)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(address).status_code == 200
        return len(seen)

    queries()
    few = queries()
    fields = {"policy": invitation.policy, "group": invitation.group, "sent_at": timezone.now()}
    ends = {"expires_at": invitation.expires_at}
    ReviewerInvitation.objects.bulk_create(
        ReviewerInvitation(email=f"n{n}@example.org", by=(pat, lee)[n % 2], **fields, **ends)
        for n in range(300)
    )
    ReviewerInvitation.objects.filter(email__endswith="0@example.org").update(
        state="withdrawn", closed_at=timezone.now()
    )
    assert queries() == few
