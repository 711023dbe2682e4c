"""The life of a grant: suspended, resumed, confirmed, told of its end, shared."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import system_reasons, tasks
from requests_app.actions import policies
from requests_app.actions.grants import collaborators, confirmations, grants, suspensions
from requests_app.actions.keys import keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.review import votes
from requests_app.models import Event, Grant, Key, Notice, Policy
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.web.access import badges
from tests.conftest import ask_for
from tests.support import accepted_collaborators
from tests.support.world_records import recorded

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def told(template: str, *, to: User) -> int:
    return Notice.objects.filter(template=template, recipient=to).count()


def again(grant: Grant) -> Grant:
    return Grant.objects.get(pk=grant.pk)


# Suspended and resumed --------------------------------------------------------------------------


def test_suspend_needs_an_owner_and_a_reason(grant: Grant, alice: User, pat: User) -> None:
    with pytest.raises(NotAllowed, match="Only the policy's owners"):
        suspensions.suspend(grant, by=alice, reason="No.")
    with pytest.raises(Invalid, match="Give a reason"):
        suspensions.suspend(grant, by=pat, reason=" ")


def test_resume_leaves_the_end_where_it_was(claimed: ClaimedKey, pat: User, alice: User) -> None:
    grant = claimed.key.grant
    suspensions.suspend(grant, by=pat, reason="We look into it.")
    assert again(grant).suspended_by == pat
    suspensions.resume(grant, by=pat, reason="All is well.")
    assert (again(grant).state, again(grant).ends_at) == ("active", grant.ends_at)
    assert told("grant_suspended", to=alice) == told("grant_resumed", to=alice) == 1


def test_suspended_grant_ends_on_its_day(claimed: ClaimedKey, pat: User) -> None:
    grant = claimed.key.grant
    suspensions.suspend(grant, by=pat, reason="We look into it.")
    assert grants.end_due(grant.pk, now=grant.ends_at)
    assert Key.objects.get().state == "expired"


# Confirmed --------------------------------------------------------------------------------------


@pytest.fixture
def long(policy: Policy, opus: AIModel, reviewers: Group, pat: User, lee: User) -> Policy:
    """The policy once more, for up to a year."""
    steps = [policies.StepInput("Research review", reviewers)]
    text = policies.VersionInput("Use it for research.", steps, max_duration=timedelta(days=365))
    policies.publish(policies.draft(policy, text, by=pat), by=lee)
    return policy


def given(
    opus: AIModel, by: User, rita: User, *, days: int, sharers: tuple[str, ...] = ()
) -> Grant:
    """What `by` gets, with a key, for an ask that is approved at once."""
    ask = replace(ask_for(opus, days=days), collaborators=sharers)
    asked = accepted_collaborators.save(ask, by=by, submit=True)
    stage = asked.stages.open().get()
    votes.approve(stage, by=rita, reason="Sound.", shown=stage.revision.digest())
    grant = asked.grants.get()
    keys.claim(grant, by=by)
    return again(grant)


@pytest.fixture
def year(long: Policy, opus: AIModel, alice: User, rita: User) -> Grant:
    return given(opus, alice, rita, days=365)


def test_confirmation_is_asked_for_three_times_and_then_suspends_and_ends(
    year: Grant, alice: User
) -> None:
    due = year.confirm_by
    assert due == year.activated_at + 90 * DAY
    with time_machine.travel(due - 15 * DAY, tick=False) as clock:
        for days_left in (15, 14, 13, 7, 3, 1, 0.5):
            clock.move_to(due - timedelta(days=days_left))
            tasks.ask_for_confirmations()
            tasks.ask_for_confirmations()
            assert tasks.suspend_unconfirmed_grants() == 0
        assert told("grant_confirm", to=alice) == 3
        clock.move_to(due)
        assert tasks.suspend_unconfirmed_grants() == 1
        assert tasks.end_unconfirmed_grants() == 0
        clock.move_to(due + 14 * DAY)
        assert tasks.end_unconfirmed_grants() == 1
    assert again(year).closing_reason == system_reasons.UNCONFIRMED
    assert Key.objects.get().state == "expired"


def test_late_sweep_asks_for_a_confirmation_once(year: Grant, alice: User) -> None:
    with time_machine.travel(year.confirm_by - timedelta(hours=1), tick=False):
        tasks.ask_for_confirmations()
        tasks.ask_for_confirmations()
    assert told("grant_confirm", to=alice) == 1


def test_confirm_is_counted_from_the_answer(year: Grant, alice: User) -> None:
    with pytest.raises(WrongState, match="You can confirm this from"):
        confirmations.confirm(year, by=alice)
    with time_machine.travel(year.confirm_by - 3 * DAY, tick=False):
        now = timezone.now()
        confirmations.confirm(year, by=alice)
        assert again(year).confirm_by == now + 90 * DAY
        assert again(year).confirmation_notice_at == now + 76 * DAY


def test_confirm_resumes_what_the_clock_suspended(year: Grant, alice: User, pat: User) -> None:
    with time_machine.travel(year.confirm_by + 13 * DAY, tick=False):
        tasks.suspend_unconfirmed_grants()
        with pytest.raises(WrongState, match="until its holder confirms"):
            suspensions.resume(year, by=pat, reason="Please.")
        confirmations.confirm(year, by=alice)
        assert again(year).state == "active"
        assert (again(year).ends_at, again(year).suspended_at) == (year.ends_at, None)


def test_clock_of_a_confirmation_rests_while_an_owner_suspends(
    year: Grant, alice: User, pat: User
) -> None:
    due = year.confirm_by
    with time_machine.travel(due - 8 * DAY, tick=False) as clock:
        tasks.ask_for_confirmations()
        suspensions.suspend(year, by=pat, reason="We look into it.")
        with pytest.raises(WrongState, match="You can confirm it once it resumes"):
            confirmations.confirm(year, by=alice)
        clock.move_to(due + 30 * DAY)
        assert not badges.may_confirm(again(year), timezone.now())
        suspensions.resume(year, by=pat, reason="All is well.")
        assert again(year).confirm_by == due + 38 * DAY
        assert tasks.suspend_unconfirmed_grants() == 0
        clock.move_to(due + 31 * DAY)
        assert tasks.ask_for_confirmations() == 1
        assert told("grant_confirm", to=alice) == 2
        confirmations.confirm(year, by=alice)


def test_resumed_hours_before_its_confirmation_leaves_a_day_and_asks_at_once(
    year: Grant, alice: User, pat: User
) -> None:
    with time_machine.travel(year.confirm_by - timedelta(hours=1), tick=False) as clock:
        suspensions.suspend(year, by=pat, reason="We look into it.")
        clock.shift(40 * DAY)
        suspensions.resume(year, by=pat, reason="All is well.")
        assert again(year).confirm_by == timezone.now() + DAY
        assert tasks.ask_for_confirmations() == 1
    assert told("grant_confirm", to=alice) == 1


def test_confirm_is_not_needed_for_short_grants(grant: Grant, alice: User) -> None:
    assert grant.confirm_by is None
    with pytest.raises(WrongState, match="doesn't need confirming"):
        confirmations.confirm(grant, by=alice)


# Told of its end --------------------------------------------------------------------------------


def test_end_is_announced_on_its_days_and_once_each(grant: Grant, alice: User) -> None:
    keys.claim(grant, by=alice)
    with time_machine.travel(grant.ends_at - 20 * DAY, tick=False) as clock:
        for hours_left in range(20 * 24, 0, -5):
            clock.move_to(grant.ends_at - timedelta(hours=hours_left))
            tasks.announce_ends()
            tasks.announce_ends()
    assert told("grant_ends_soon", to=alice) == 3


def test_late_sweep_announces_the_end_once(grant: Grant, alice: User) -> None:
    keys.claim(grant, by=alice)
    with time_machine.travel(grant.ends_at - timedelta(hours=2), tick=False):
        assert tasks.announce_ends() == 1
        assert tasks.announce_ends() == 0
        tasks.send_notices()
    assert told("grant_ends_soon", to=alice) == 1
    subject = next(m.subject for m in mail.outbox if "Your access ends" in m.subject)
    assert f"{grant.ends_at:%-d %B %Y, %H:%M} UTC" in subject


def test_announced_end_follows_when_the_access_is_shortened(grant: Grant, alice: User) -> None:
    sooner = timezone.now() + 20 * DAY
    grants.shorten(grant, by=alice, ends_at=sooner)
    assert again(grant).expiry_notice_at <= sooner - 7 * DAY
    assert again(grant).expiry_notice_at > sooner - 11 * DAY


# Shared -----------------------------------------------------------------------------------------


@pytest.fixture
@recorded
def shared(policy: Policy, opus: AIModel, alice: User, bob: User, rita: User) -> Grant:
    return given(opus, alice, rita, days=90, sharers=(bob.email,))


def test_collaborator_makes_a_key_after_accepting_the_terms(shared: Grant, bob: User) -> None:
    with pytest.raises(NotAllowed, match="Accept the policy's terms first"):
        keys.claim(shared, by=bob)
    collaborators.accept(shared, by=bob)
    key = keys.claim(shared, by=bob).key
    assert (key.holder, key.grant.holder.email) == (bob, "alice@example.org")
    assert told("shared_active", to=bob) == 1


def test_accept_is_for_those_with_whom_it_is_shared(shared: Grant, bob: User, eve: User) -> None:
    with pytest.raises(NotAllowed, match="Only someone who shares"):
        collaborators.accept(shared, by=eve)
    collaborators.accept(shared, by=bob)
    with pytest.raises(WrongState, match="already accepted the terms"):
        collaborators.accept(shared, by=bob)


def test_remove_revokes_their_keys_and_only_theirs(
    shared: Grant, alice: User, bob: User, eve: User
) -> None:
    collaborators.accept(shared, by=bob)
    keys.claim(shared, by=bob)
    with pytest.raises(NotAllowed, match="Only the holder of this access"):
        collaborators.remove(shared, bob, by=eve)
    collaborators.remove(shared, bob, by=alice)
    found = {key.holder: key.state for key in Key.objects.select_related("holder")}
    assert found == {alice: "active", bob: "revoked"}
    assert told("shared_removed", to=bob) == 1
    with pytest.raises(NotAllowed, match="Only the holder of this access"):
        keys.claim(shared, by=bob)


def test_leave_gives_the_place_back(shared: Grant, alice: User, bob: User) -> None:
    collaborators.accept(shared, by=bob)
    keys.claim(shared, by=bob)
    assert collaborators.leave(shared, by=bob).removed_by == bob
    assert Key.objects.get(holder=bob).state == "revoked"
    assert told("shared_left", to=alice) == 1
    with pytest.raises(Invalid, match="no longer shares the access"):
        collaborators.remove(shared, bob, by=alice)


def test_end_is_told_to_those_who_share_it(shared: Grant, alice: User, bob: User) -> None:
    grants.end(shared, by=alice)
    assert told("shared_ended", to=bob) == 1
    assert Event.objects.filter(kind="grant.ended").count() == 1


def test_claim_by_a_stranger_is_refused(shared: Grant, eve: User) -> None:
    with pytest.raises(NotAllowed, match="Only the holder of this access"):
        keys.claim(shared, by=eve)
