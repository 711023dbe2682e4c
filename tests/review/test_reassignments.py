"""A policy's owner lets another reviewer decide in somebody's place, on one open step."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions import policies
from requests_app.actions.endings import account_deletion
from requests_app.actions.requests import requests
from requests_app.actions.review import delegations, reassignments, votes
from requests_app.models import Delegation, Event, Stage
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules.desk import inbox
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import why_not
from tests.conftest import ask_for
from tests.support.concurrency import at_once
from tests.support.desk_client import LIST, member, page_of, publish, signed_in, text_of

pytestmark = pytest.mark.django_db
WHY = "Rita can't be reached."


@pytest.fixture
def kim(db: None) -> User:
    """Reviews for the same policy, in its second step."""
    return member("kim", Group.objects.create(name="Safety"))


@pytest.fixture
def stage(
    kim: User, opus: AIModel, alice: User, rita: User, sam: User, pat: User, lee: User,
    reviewers: Group, owners: Group,
) -> Stage:  # fmt: skip
    """The first of two steps, for both Rita and Sam."""
    both = policies.StepInput("Research review", reviewers, quorum=2)
    safety = policies.StepInput("Safety", kim.groups.get())
    publish(both, safety, by=(pat, lee), owners=owners, ai_models=[opus])
    asked = requests.save(ask_for(opus), by=alice, submit=True)
    return asked.stages.get(step__name="Research review")


def reassign(stage: Stage, seat: User, to: User, by: User, reason: str = WHY) -> Delegation:
    return reassignments.reassign(stage, seat=seat, to=to, by=by, reason=reason)


def approve(stage: Stage, by: User) -> None:
    votes.approve(stage, by=by, reason="Sound.", shown=stage.revision.digest())


def test_the_other_decides_in_the_seat_and_both_are_told(
    stage: Stage, rita: User, sam: User, kim: User, pat: User
) -> None:
    tasks.send_notices()
    mail.outbox.clear()
    reassign(stage, rita, kim, pat)
    tasks.send_notices()
    by_name = {message.to[0]: message for message in mail.outbox}
    assert by_name.keys() == {rita.email, kim.email}
    assert WHY in by_name[rita.email].body
    assert "You are reviewing on behalf of Rita." in by_name[kim.email].body
    assert list(inbox.waiting_for(kim, timezone.now())) == [stage]
    approve(stage, kim)
    approve(stage, sam)
    stage.refresh_from_db()
    assert stage.state == "passed"
    assert {vote.seat for vote in stage.votes.all()} == {rita, sam}


def test_it_is_for_this_step_alone(
    stage: Stage, opus: AIModel, bob: User, rita: User, kim: User, pat: User
) -> None:
    reassign(stage, rita, kim, pat)
    other = requests.save(ask_for(opus), by=bob, submit=True).stages.get(state="open")
    assert why_not("vote", VotingPanel(other, timezone.now()), kim)
    assert list(inbox.waiting_for(kim, timezone.now())) == [stage]


def test_seat_is_used_once(stage: Stage, rita: User, kim: User, pat: User) -> None:
    reassign(stage, rita, kim, pat)
    approve(stage, rita)
    with pytest.raises(NotAllowed):
        approve(stage, kim)
    with pytest.raises(Invalid) as refusal:
        reassign(stage, rita, kim, pat)
    assert refusal.value.errors.keys() == {"seat"}


def test_second_reassignment_replaces_the_first(
    stage: Stage, reviewers: Group, rita: User, kim: User, pat: User
) -> None:
    una = member("una", kim.groups.get())
    reassign(stage, rita, kim, pat)
    reassign(stage, rita, una, pat)
    panel = VotingPanel(stage, timezone.now())
    assert why_not("vote", panel, kim)
    assert why_not("vote", panel, una) is None


def test_owners_choice_wins_over_the_reviewers_own(
    stage: Stage, rita: User, kim: User, pat: User
) -> None:
    una, until = member("una", kim.groups.get()), timezone.now() + timedelta(days=3)
    delegations.set_away(by=rita, until=until, to=una)
    reassign(stage, rita, kim, pat)
    panel = VotingPanel(stage, timezone.now())
    assert why_not("vote", panel, kim) is None
    assert why_not("vote", panel, una)


def test_nobody_else_and_no_party_reassigns(
    stage: Stage, rita: User, sam: User, kim: User, pat: User, lee: User, eve: User
) -> None:
    votes.recuse(stage, by=member("una", *rita.groups.all()), reason="A friend.")
    for somebody in (rita, kim, eve, User.objects.create_superuser("ada@example.org")):
        with pytest.raises(NotAllowed, match="Only the policy's owners"):
            reassign(stage, rita, kim, somebody)
    lee.groups.add(*rita.groups.all())
    votes.recuse(stage, by=lee, reason="A friend.")
    with pytest.raises(NotAllowed):
        reassign(stage, rita, kim, lee)
    assert not Delegation.objects.exists()


def test_seat_goes_to_no_owner_no_outsider_and_nobody_who_is_barred(
    stage: Stage, opus: AIModel, rita: User, sam: User, kim: User, pat: User, eve: User
) -> None:
    pat.groups.add(kim.groups.get())
    votes.recuse(stage, by=sam, reason="A friend.")
    barred = member("una", kim.groups.get(), *rita.groups.all())
    closed = member("old", kim.groups.get())
    User.objects.filter(pk=closed.pk).update(is_active=False)
    for somebody in (pat, eve, sam, rita, barred, closed):
        with pytest.raises(Invalid) as refusal:
            reassign(stage, rita, somebody, pat)
        assert refusal.value.errors.keys() == {"to"}, somebody
    with pytest.raises(Invalid) as refusal:
        reassign(stage, sam, kim, pat)
    assert refusal.value.errors.keys() == {"seat"}


def test_reason_is_needed(stage: Stage, rita: User, kim: User, pat: User) -> None:
    with pytest.raises(Invalid) as refusal:
        reassign(stage, rita, kim, pat, reason="  ")
    assert refusal.value.errors == {"reason": "Say why, for both reviewers."}
    assert not Event.objects.filter(kind="stage.reassigned").exists()


def test_step_that_has_ended_is_not_reassigned(
    stage: Stage, rita: User, sam: User, kim: User, pat: User
) -> None:
    approve(stage, rita)
    approve(stage, sam)
    with pytest.raises(WrongState):
        reassign(stage, rita, kim, pat)


def test_deleting_the_others_account_takes_the_seat_back(
    stage: Stage, rita: User, kim: User, pat: User
) -> None:
    reassign(stage, rita, kim, pat)
    kim.groups.clear()
    account_deletion.delete_account(kim, by=kim)
    assert Delegation.objects.get().ended_at


def test_owner_reassigns_on_the_desk(stage: Stage, rita: User, kim: User, pat: User) -> None:
    desk, address = signed_in(pat), f"{LIST}{stage.access_request_id}/reassign/"
    assert "Reassign a seat" in text_of(desk.get(page_of(stage.access_request)))
    page = text_of(desk.get(address))
    assert ">Kim</option>" in page
    assert ">Pat</option>" not in page
    wrong = desk.post(address, {"seat": rita.pk, "to": "", "reason": ""})
    assert wrong.status_code == 422
    assert text_of(wrong).count("This field is required.") == 4  # above and at each field
    typed = {"seat": rita.pk, "to": kim.pk, "reason": WHY}
    assert desk.post(address, typed).status_code == 302
    assert Delegation.objects.get().reassigned_by == pat
    assert "Kim can decide in place of Rita" in text_of(desk.get(page_of(stage.access_request)))
    assert "on “Research review” of one request" in text_of(
        signed_in(kim).get("/admin/requests_app/delegation/")
    )


def test_reviewers_see_no_link_and_reach_no_page(stage: Stage, rita: User, kim: User) -> None:
    desk, address = signed_in(rita), f"{LIST}{stage.access_request_id}/reassign/"
    assert "Reassign a seat" not in text_of(desk.get(page_of(stage.access_request)))
    assert desk.get(address).status_code == 302
    assert desk.post(address, {"seat": rita.pk, "to": kim.pk, "reason": WHY}).status_code == 302
    assert signed_in(kim).get(address).status_code in (302, 404)
    assert not Delegation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_owners_at_once_leave_one_reassignment(
    stage: Stage, rita: User, kim: User, pat: User, lee: User
) -> None:
    una = member("una", kim.groups.get())
    at_once(lambda: reassign(stage, rita, kim, pat), lambda: reassign(stage, rita, una, lee))
    assert Delegation.objects.filter(ended_at=None).count() == 1
