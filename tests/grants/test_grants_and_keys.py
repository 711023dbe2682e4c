"""Grants and keys: claimed once, refused at once, ended on time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.grants import grants
from requests_app.actions.keys import key_revocation, keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import Event, Grant, GrantedModel, Key, Notice
from requests_app.refusals import Invalid, NotAllowed, WrongState

pytestmark = pytest.mark.django_db


def test_claim_makes_a_key_that_ends_with_its_grant(claimed: ClaimedKey, grant: Grant) -> None:
    assert claimed.key.state == "active"
    assert claimed.key.expires_at == grant.ends_at
    assert claimed.secret.endswith(claimed.key.last_four)


def test_claim_stores_nothing_that_opens_the_gate(claimed: ClaimedKey) -> None:
    row = Key.objects.values().get()
    assert claimed.secret not in str(row)
    assert claimed.secret not in str(list(Event.objects.values()))
    assert claimed.secret not in repr(claimed)


def test_claim_refuses_a_second_key_while_one_lives(claimed: ClaimedKey, alice: User) -> None:
    with pytest.raises(WrongState, match="already have a key"):
        keys.claim(claimed.key.grant, by=alice)


def test_claim_refuses_reviewers_and_strangers(grant: Grant, rita: User, eve: User) -> None:
    for other in (rita, eve):
        with pytest.raises(NotAllowed, match="Only the holder of this access"):
            keys.claim(grant, by=other)


def test_claim_refuses_at_the_very_end(grant: Grant, alice: User) -> None:
    now = datetime.now(UTC)
    Grant.objects.update(activated_at=now - grant.duration, ends_at=now, claim_by=now)
    with pytest.raises(WrongState, match="This access has ended, so no key can be created"):
        keys.claim(grant, by=alice)


def test_revoke_key_keeps_the_grant_and_allows_another(claimed: ClaimedKey, alice: User) -> None:
    key_revocation.revoke(claimed.key, by=alice)
    claimed.key.refresh_from_db()
    assert claimed.key.state == "revoked"
    assert keys.claim(claimed.key.grant, by=alice).key.state == "active"


def test_revoke_key_by_a_policy_owner_is_possible_and_by_eve_not(
    claimed: ClaimedKey, pat: User, eve: User
) -> None:
    with pytest.raises(NotAllowed, match="holder of this access or an owner"):
        key_revocation.revoke(claimed.key, by=eve)
    assert key_revocation.revoke(claimed.key, by=pat).revoked_by == pat


def test_revoke_grant_revokes_every_key_in_the_same_commit(
    claimed: ClaimedKey, pat: User, alice: User
) -> None:
    grants.revoke(claimed.key.grant, by=pat, reason="Misused.")
    claimed.key.refresh_from_db()
    assert claimed.key.state == "revoked"
    assert Notice.objects.filter(template="grant_revoked", recipient=alice).count() == 1


def test_revoke_grant_needs_an_owner_and_a_reason(grant: Grant, rita: User, pat: User) -> None:
    with pytest.raises(NotAllowed, match="Only the policy's owners"):
        grants.revoke(grant, by=rita, reason="No.")
    with pytest.raises(Invalid, match="Give a reason"):
        grants.revoke(grant, by=pat, reason=" ")


def test_end_gives_the_access_back(claimed: ClaimedKey, alice: User) -> None:
    ended = grants.end(claimed.key.grant, by=alice)
    assert (ended.state, ended.closed_by) == ("ended", alice)
    assert not GrantedModel.objects.filter(is_live=True).exists()


@pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=1), timedelta(days=3)])
def test_end_due_ends_it_however_late_the_sweep_comes(claimed: ClaimedKey, late: timedelta) -> None:
    grant = Grant.objects.get()
    assert not grants.end_due(grant.pk, now=grant.ends_at - timedelta(microseconds=1))
    assert grants.end_due(grant.pk, now=grant.ends_at + late)
    assert not grants.end_due(grant.pk, now=grant.ends_at + late)
    assert Key.objects.get().state == "expired"


def test_shorten_moves_the_end_of_grant_and_key_forward(claimed: ClaimedKey, alice: User) -> None:
    sooner = datetime.now(UTC) + timedelta(hours=1)
    grants.shorten(claimed.key.grant, by=alice, ends_at=sooner)
    assert Grant.objects.get().ends_at == Key.objects.get().expires_at == sooner


@pytest.mark.parametrize("later", [timedelta(0), timedelta(microseconds=1), timedelta(days=-400)])
def test_shorten_never_moves_the_end_later_or_into_the_past(
    grant: Grant, alice: User, later: timedelta
) -> None:
    with pytest.raises(Invalid, match="between now and the current end"):
        grants.shorten(grant, by=alice, ends_at=grant.ends_at + later)


def test_database_refuses_an_end_later_than_approved(grant: Grant) -> None:
    later = grant.ends_at + timedelta(microseconds=1)
    with pytest.raises(IntegrityError, match="never gets more time"), transaction.atomic():
        Grant.objects.update(ends_at=later)


def test_database_refuses_overlapping_live_grants(grant: Grant) -> None:
    granted = grant.granted_models.get()
    other = Grant.objects.get(pk=grant.pk)
    other.pk, other.public_id = None, "grant_other"
    other.save(force_insert=True)
    with pytest.raises(IntegrityError, match="do_not_overlap"), transaction.atomic():
        GrantedModel.objects.create(
            grant=other, ai_model=granted.ai_model, holder=granted.holder, period=granted.period
        )


def test_lapse_ends_what_nobody_claimed(grant: Grant) -> None:
    assert not grants.lapse(grant.pk, now=grant.claim_by - timedelta(microseconds=1))
    assert grants.lapse(grant.pk, now=grant.claim_by)
    assert Grant.objects.get().closing_reason == "No key was created in time."


def test_lapse_leaves_what_was_claimed(claimed: ClaimedKey) -> None:
    grant = claimed.key.grant
    assert not grants.lapse(grant.pk, now=grant.claim_by)


def test_shorten_by_an_owner_needs_a_reason_that_the_holder_is_told(
    grant: Grant, pat: User, alice: User
) -> None:
    sooner = timezone.now() + timedelta(days=1)
    with pytest.raises(Invalid, match="Give a reason. The holder will see it."):
        grants.shorten(grant, by=pat, ends_at=sooner, reason=" ")
    grants.shorten(grant, by=pat, ends_at=sooner, reason="The study is over.")
    tasks.send_notices()
    told = [
        message.body
        for message in mail.outbox
        if message.subject.startswith("Your access now ends on ")
    ]
    assert [("The study is over." in body) for body in told] == [True]


def test_shorten_by_the_holder_needs_none(grant: Grant, alice: User) -> None:
    grants.shorten(grant, by=alice, ends_at=timezone.now() + timedelta(days=1))
    event = Event.objects.get(kind="grant.shortened")
    assert "reason" not in event.details
