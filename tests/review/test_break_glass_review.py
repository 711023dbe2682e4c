"""Break-glass after the fact: who reviews it, what follows, and the reminders until then."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.grants import grants
from requests_app.actions.keys import keys
from requests_app.actions.review import break_glass
from requests_app.models import (
    BreakGlass,
    Grant,
    Notice,
)
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.transitions import audit_chain

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.mark.parametrize("name", ["rita", "pat"])
def test_review_in_order_keeps_the_grant(
    name: str, emergency_grant: BreakGlass, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(name)
    done = break_glass.review(emergency_grant, by=by, verdict="in_order", words="It was right.")
    assert (done.reviewed_by, done.verdict, done.remind_at) == (by, "in_order", None)
    assert done.grant.state == "active"
    with pytest.raises(WrongState, match="can't be reviewed again"):
        break_glass.review(emergency_grant, by=by, verdict="not_in_order", words="No.")


def test_review_not_in_order_revokes_what_is_left(
    emergency_grant: BreakGlass, alice: User, pat: User
) -> None:
    key = keys.claim(emergency_grant.grant, by=alice).key
    break_glass.review(emergency_grant, by=pat, verdict="not_in_order", words="No emergency.")
    key.refresh_from_db()
    assert (key.state, key.grant.state) == ("revoked", "revoked")
    assert key.grant.closing_reason == "No emergency."
    assert not list(audit_chain.problems())


def test_review_not_in_order_after_the_end_is_recorded(
    emergency_grant: BreakGlass, pat: User
) -> None:
    assert grants.end_due(emergency_grant.grant_id, now=timezone.now() + DAY)
    done = break_glass.review(
        emergency_grant, by=pat, verdict="not_in_order", words="No emergency."
    )
    assert done.verdict == "not_in_order"
    assert Grant.objects.get().state == "ended"


def test_review_is_not_for_who_broke_it_or_asked_or_strangers(
    emergency_grant: BreakGlass, zoe: User, alice: User, eve: User, reviewers: Any
) -> None:
    for somebody in (zoe, alice):
        somebody.groups.add(reviewers)
    refused = ((zoe, "yourself"), (alice, "own request"), (eve, "owners and reviewers can"))
    for somebody, sentence in refused:
        with pytest.raises(NotAllowed, match=sentence):
            break_glass.review(emergency_grant, by=somebody, verdict="in_order", words="Fine.")


def test_review_wants_a_verdict_and_words(emergency_grant: BreakGlass, pat: User) -> None:
    with pytest.raises(Invalid, match="Choose whether"):
        break_glass.review(emergency_grant, by=pat, verdict="perhaps", words="Fine.")
    with pytest.raises(Invalid, match="Give a reason"):
        break_glass.review(emergency_grant, by=pat, verdict="in_order", words=" ")


def test_reminders_come_once_a_day_until_somebody_has_looked(
    emergency_grant: BreakGlass, pat: User, rita: User
) -> None:
    now = emergency_grant.at
    assert not break_glass.remind(emergency_grant.pk, now=now + timedelta(hours=23))
    assert break_glass.remind(emergency_grant.pk, now=now + DAY)
    assert not break_glass.remind(emergency_grant.pk, now=now + DAY)
    assert break_glass.remind(emergency_grant.pk, now=now + 5.5 * DAY)
    emergency_grant.refresh_from_db()
    assert emergency_grant.remind_at == now + 6 * DAY
    told = Notice.objects.filter(template="break_glass_review", recipient__in=(pat, rita))
    assert told.count() == 4
    break_glass.review(emergency_grant, by=pat, verdict="in_order", words="Fine.")
    assert not break_glass.remind(emergency_grant.pk, now=now + 9 * DAY)


def test_sweep_reminds_only_those_who_may_review(
    emergency_grant: BreakGlass, zoe: User, alice: User, owners: Any
) -> None:
    zoe.groups.add(owners)
    alice.groups.add(owners)
    BreakGlass.objects.update(remind_at=timezone.now())
    assert (tasks.remind_of_break_glass(), tasks.remind_of_break_glass()) == (1, 0)
    told = Notice.objects.filter(template="break_glass_review")
    assert {n.recipient.email.split("@")[0] for n in told if n.recipient} == {
        "rita", "sam", "pat", "lee",
    }  # fmt: skip


def test_reminder_that_comes_after_the_review_is_dropped(
    emergency_grant: BreakGlass, pat: User
) -> None:
    break_glass.remind(emergency_grant.pk, now=emergency_grant.at + DAY)
    break_glass.review(emergency_grant, by=pat, verdict="in_order", words="Fine.")
    Notice.objects.update(next_try_at=timezone.now())
    tasks.send_notices()
    assert not [m for m in mail.outbox if "Review the emergency grant" in m.subject]


def test_database_refuses_a_review_by_who_broke_it(emergency_grant: BreakGlass, zoe: User) -> None:
    text = {"reviewed_at": timezone.now(), "reviewed_by": zoe, "remind_at": None}
    with pytest.raises(IntegrityError), transaction.atomic():
        BreakGlass.objects.update(verdict="in_order", words="Fine.", **text)
