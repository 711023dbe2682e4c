"""More time: extensions without gap or overlap, and renewals for a month after the end."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.grants import capacities, grants, suspensions
from requests_app.actions.keys import keys
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Collaborator, Event, Grant, Key, Policy
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.validation.request_input import input_of
from tests.conftest import ask_for, signed
from tests.support.concurrency import at_once
from tests.support.desk_client import seen
from tests.support.page_client import Browser, page

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
Approve = Callable[[AccessRequest], Grant]


@pytest.fixture
def used(grant: Grant, alice: User) -> Grant:
    keys.claim(grant, by=alice)
    return grant


@pytest.fixture
def last_days(used: Grant) -> Iterator[Any]:
    """The clock stands ten days before the end."""
    with time_machine.travel(used.ends_at - 10 * DAY, tick=False) as clock:
        yield clock


@pytest.fixture
def ok(rita: User) -> Approve:
    def ok(asked: AccessRequest) -> Grant:
        stage = asked.stages.open().get()
        votes.approve(stage, by=rita, reason="Sound.", shown=stage.revision.digest())
        return asked.grants.get()

    return ok


def sent(grant: Grant, by: User) -> AccessRequest:
    return requests.submit(signed(requests.extend(grant, by=by)), by=by)


def test_extend_opens_14_days_before_the_end(used: Grant, alice: User, eve: User) -> None:
    sooner = used.ends_at - 14 * DAY - timedelta(microseconds=1)
    refused = pytest.raises(WrongState, match="You can request more time from")
    with time_machine.travel(sooner, tick=False), refused:
        requests.extend(used, by=alice)
    with time_machine.travel(used.ends_at - 14 * DAY, tick=False):
        with pytest.raises(NotAllowed, match="Only the holder of this access"):
            requests.extend(used, by=eve)
        assert requests.extend(used, by=alice).state == "draft"


def test_extend_says_what_the_last_text_said(used: Grant, alice: User, last_days: Any) -> None:
    draft = requests.extend(used, by=alice)
    text, before = draft.revision, used.access_request.revision
    assert draft.continues == used
    assert (text.purpose, text.duration) == (before.purpose, used.duration)
    assert text.starts_on == used.ends_at.date()


def test_request_for_more_time_says_so(used: Grant, alice: User, last_days: Any) -> None:
    draft = requests.extend(used, by=alice)
    html = Browser(alice).get(f"/requests/{draft}/").content.decode()
    assert f'This requests more time for <a href="/access/{used}/">{used}</a>.' in html


def test_extend_is_one_at_a_time(used: Grant, alice: User, last_days: Any) -> None:
    requests.extend(used, by=alice)
    with pytest.raises(Invalid, match="already have an open request"):
        requests.extend(used, by=alice)


def test_approve_begins_at_the_old_end_without_gap_or_overlap(
    used: Grant, alice: User, last_days: Any, ok: Approve
) -> None:
    extension = ok(sent(used, alice))
    assert (extension.state, extension.activated_at) == ("active", used.ends_at)
    assert extension.ends_at == used.ends_at + used.duration
    assert Grant.objects.get(pk=used.pk).ends_at == used.ends_at
    assert keys.claim(extension, by=alice).key.expires_at == extension.ends_at
    last_days.move_to(used.ends_at)
    tasks.end_grants()
    assert [g.state for g in Grant.objects.order_by("pk")] == ["ended", "active"]


def test_extend_refuses_what_was_extended_already(
    used: Grant, alice: User, last_days: Any, ok: Approve
) -> None:
    ok(sent(used, alice))
    with pytest.raises(Invalid, match="already have access"):
        requests.extend(used, by=alice)


def test_approve_after_the_end_begins_at_the_approval(
    used: Grant, alice: User, last_days: Any, ok: Approve
) -> None:
    asked = sent(used, alice)
    late = used.ends_at + timedelta(microseconds=1)
    with time_machine.travel(late, tick=False):
        asked.stages.update(due_at=late + DAY)
        extension = ok(asked)
    assert extension.activated_at == late


def test_approve_after_an_early_end_waits_for_the_day_that_was_asked_for(
    used: Grant, alice: User, last_days: Any, ok: Approve
) -> None:
    asked = sent(used, alice)
    grants.end(used, by=alice)
    extension = ok(asked)
    assert extension.state == "waiting"
    assert extension.starts_at.date() == used.ends_at.date()


def test_approve_refuses_more_time_for_what_was_taken_away(
    used: Grant, alice: User, pat: User, last_days: Any, ok: Approve
) -> None:
    asked = sent(used, alice)
    suspensions.suspend(used, by=pat, reason="We look into it.")
    with pytest.raises(WrongState, match="is suspended, so it can't be extended"):
        ok(asked)
    grants.revoke(used, by=pat, reason="Misused.")
    with pytest.raises(WrongState, match="was revoked, so it can't be extended"):
        ok(asked)


def test_revoke_and_suspend_reach_what_extends_it(
    used: Grant, alice: User, pat: User, last_days: Any, ok: Approve
) -> None:
    extension = ok(sent(used, alice))
    keys.claim(extension, by=alice)
    suspensions.suspend(used, by=pat, reason="We look into it.")
    assert {g.state for g in Grant.objects.all()} == {"suspended"}
    suspensions.resume(used, by=pat, reason="All is well.")
    assert {g.state for g in Grant.objects.all()} == {"active"}
    grants.revoke(used, by=pat, reason="Misused.")
    assert {g.state for g in Grant.objects.all()} == {"revoked"}
    assert {key.state for key in Key.objects.all()} == {"revoked"}


def test_page_offers_more_time_once_and_leads_to_what_was_asked_or_follows(
    used: Grant, alice: User, last_days: Any, ok: Approve
) -> None:
    def offered() -> str:
        shown = page(Browser(alice).get(f"/access/{used}/"))
        return shown[shown.index("More time") :]

    assert "Request more time" in offered()
    asked = sent(used, alice)
    assert f"You have an open request for more time: {asked}" in offered()
    extension = ok(asked)
    assert f"Follow-up access is approved: {extension}" in offered()
    last_days.move_to(used.ends_at)
    tasks.end_grants()
    assert f"Follow-up access is approved: {extension}" in offered()
    assert "Renew it" not in offered()


def test_page_says_from_when_on_more_time_may_be_asked_for_after_a_denial(
    used: Grant, alice: User, rita: User, last_days: Any
) -> None:
    """The button would lead to the same refusal."""
    asked = sent(used, alice)
    stage = asked.stages.get()
    votes.deny(stage, by=rita, reason="Enough.", shown=stage.revision.digest())
    shown = page(Browser(alice).get(f"/access/{used}/"))
    assert f"After {asked}, you can request Claude Opus 3 again from" in shown
    assert "Request more time" not in shown


def test_nobody_is_asked_to_make_a_key_for_more_time_that_is_suspended(
    used: Grant, alice: User, pat: User, last_days: Any, ok: Approve
) -> None:
    extension = ok(sent(used, alice))
    suspensions.suspend(used, by=pat, reason="We look into it.")
    shown = page(Browser(alice).get(f"/access/{extension}/"))
    assert "Starts" in shown
    assert "Started" not in shown
    last_days.move_to(used.ends_at - 6 * DAY)
    mail.outbox.clear()
    assert grants.announce_end(used.pk, now=timezone.now())
    tasks.send_notices()
    text = next(each.body for each in mail.outbox if each.subject.startswith("Your access ends"))
    assert f"Your extension {extension} is approved, but suspended like this access" in text
    assert "Create its key" not in text


@pytest.mark.parametrize("end_early", [False, True])
@pytest.mark.parametrize("resumed", [False, True])
def test_suspension_outlasts_the_end_where_more_time_begins_later(
    used: Grant, alice: User, pat: User, last_days: Any, ok: Approve, end_early: bool, resumed: bool
) -> None:
    """It waits for its day meanwhile; then only an owner gives it back."""
    draft = signed(requests.extend(used, by=alice))
    begins, ends = used.ends_at.date() + 3 * DAY, used.ends_at.date() + 40 * DAY
    draft = requests.change(draft, by=alice, starts_on=begins, ends_on=ends)
    extension = ok(requests.submit(draft, by=alice))
    suspensions.suspend(used, by=pat, reason="We look into it.")
    if resumed:
        suspensions.resume(used, by=pat, reason="All is well.")
    if end_early:
        grants.end(used, by=alice)
    with time_machine.travel(extension.starts_at, tick=False):
        tasks.end_grants()
        assert tasks.activate_grants() == 1
        extension.refresh_from_db()
        assert extension.state == ("active" if resumed else "suspended")
        if not resumed:
            assert extension.suspended_by == pat
            event = Event.objects.get(kind="grant.suspended", subject=str(extension))
            assert (event.actor, event.details["suspended_by"]) == (None, str(pat.pk))
            assert suspensions.resume(extension, by=pat, reason="All is well.").state == "active"


@pytest.mark.parametrize("by_clock", [False, True])
def test_end_sheds_no_suspension(
    used: Grant, alice: User, pat: User, rita: User, last_days: Any, by_clock: bool
) -> None:
    """More time is refused as while it was suspended; reviewers of a new request read of it."""
    asked = sent(used, alice)
    suspensions.suspend(used, by=pat, reason="We look into it.")
    if by_clock:
        asked.stages.update(due_at=used.ends_at + DAY)
        last_days.move_to(used.ends_at)
        tasks.end_grants()
    else:
        grants.end(used, by=alice)
    stage = asked.stages.get()
    with pytest.raises(WrongState, match="was suspended when it ended"):
        votes.approve(stage, by=rita, reason="Sound.", shown=stage.revision.digest())
    votes.deny(stage, by=rita, reason="No.", shown=stage.revision.digest())
    with pytest.raises(WrongState, match="was suspended when it ended"):
        requests.extend(Grant.objects.get(pk=used.pk), by=alice)


def test_reviewers_read_that_earlier_access_ended_suspended(
    used: Grant, alice: User, pat: User, rita: User, opus: AIModel
) -> None:
    suspensions.suspend(used, by=pat, reason="We look into it.")
    grants.end(used, by=alice)
    asked = requests.save(ask_for(opus), by=alice, submit=True)
    assert f"{used} was suspended when it ended: We look into it." in seen(rita, asked)


def test_more_time_is_for_the_same_models(
    used: Grant, opus: AIModel, policy: Policy, pat: User, alice: User, last_days: Any
) -> None:
    draft = requests.extend(used, by=alice)
    other = AIModel.objects.create(identifier="other", provider=opus.provider, name="Other")
    used.granted_models.update(ai_model=other)
    ask = replace(input_of(draft.revision), purpose="More.")
    with pytest.raises(Invalid, match="isn't part of"):
        requests.save(ask, by=alice, access_request=draft)


def test_extension_keeps_its_place(
    used: Grant, alice: User, pat: User, opus: AIModel, policy: Policy, last_days: Any, ok: Approve
) -> None:
    capacities.set_capacity(policy, opus, by=pat, places=1, monthly_budget=None)
    assert ok(sent(used, alice)).state == "active"


def test_renew_for_30_days_after_the_end(used: Grant, alice: User, ok: Approve) -> None:
    with time_machine.travel(used.ends_at, tick=False) as clock:
        tasks.end_grants()
        ended = Grant.objects.get(pk=used.pk)
        clock.move_to(ended.closed_at + 30 * DAY)
        with pytest.raises(WrongState, match="30 days for renewal have passed"):
            requests.extend(ended, by=alice)
        clock.move_to(ended.closed_at + 30 * DAY - timedelta(microseconds=1))
        renewed = ok(sent(ended, alice))
        assert (renewed.state, renewed.activated_at) == ("active", timezone.now())
        assert renewed.access_request.continues == used


def test_extension_is_shared_with_those_who_are_left(
    used: Grant, alice: User, bob: User, eve: User, last_days: Any
) -> None:
    now = timezone.now()
    Collaborator.objects.create(grant=used, person=bob, added_at=now, accepted_at=now)
    gone = {"removed_at": now, "removed_by": alice}
    Collaborator.objects.create(grant=used, person=eve, added_at=now, **gone)
    assert list(requests.extend(used, by=alice).revision.collaborators.all()) == [bob]


def test_extension_names_nobody_who_never_agreed_to_the_access(
    used: Grant, alice: User, rita: User, last_days: Any
) -> None:
    """Else more time would bar a reviewer who was named without being asked."""
    Collaborator.objects.create(grant=used, person=rita, added_at=timezone.now())
    assert not requests.extend(used, by=alice).revision.collaborators.exists()


@pytest.mark.django_db(transaction=True)
def test_race_of_revoke_and_approval_leaves_no_live_extension(
    used: Grant, alice: User, pat: User, last_days: Any, ok: Approve
) -> None:
    asked = sent(used, alice)
    results = at_once(lambda: grants.revoke(used, by=pat, reason="Misused."), lambda: ok(asked))
    assert not isinstance(results[0], Exception)
    assert not Grant.objects.live().exists()
