"""Rotation: a successor at once, an overlap for the old key, and a revocation that wins over it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.grants import grants
from requests_app.actions.keys import key_revocation, keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.gateway.asgi import build
from requests_app.models import Event, Grant, Key, Notice
from requests_app.refusals import Invalid, NotAllowed, WrongState
from tests.support.api_client import API, Api
from tests.support.gateway_fixtures import MODEL, SITE, ask
from tests.support.worker_processes import database_under_test

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def late() -> datetime:
    return datetime.now(UTC) + 2 * DAY


def test_rotate_makes_a_successor_and_leaves_the_old_key_its_overlap(
    claimed: ClaimedKey, grant: Grant, alice: User
) -> None:
    before = datetime.now(UTC)
    successor = keys.rotate(claimed.key, by=alice)
    old = Key.objects.get(pk=claimed.key.pk)
    assert (old.state, successor.key.state) == ("retiring", "active")
    assert before + DAY <= old.expires_at <= datetime.now(UTC) + DAY
    assert (successor.key.grant, successor.key.expires_at) == (grant, grant.ends_at)
    assert successor.secret != claimed.secret


def test_rotate_never_moves_the_end_of_the_old_key_later(claimed: ClaimedKey, alice: User) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    grants.shorten(claimed.key.grant, by=alice, ends_at=soon)
    keys.rotate(claimed.key, by=alice)
    assert set(Key.objects.values_list("expires_at", flat=True)) == {soon}


def test_rotate_again_after_a_lost_answer_replaces_what_nobody_has(
    claimed: ClaimedKey, alice: User, pat: User
) -> None:
    with pytest.raises(NotAllowed, match="Only the holder of this access"):
        keys.rotate(claimed.key, by=pat)
    lost = keys.rotate(claimed.key, by=alice).key
    until = Key.objects.get(pk=claimed.key.pk).expires_at
    again = keys.rotate(claimed.key, by=alice, overlap=timedelta(0))
    assert again.key.state == "active"
    lost.refresh_from_db()
    assert (lost.state, lost.expires_at <= datetime.now(UTC)) == ("retiring", True)
    assert Key.objects.get(pk=claimed.key.pk).expires_at == until


def test_rotate_refuses_a_retiring_key_without_a_successor(
    claimed: ClaimedKey, alice: User
) -> None:
    key_revocation.revoke(keys.rotate(claimed.key, by=alice).key, by=alice)
    with pytest.raises(WrongState, match="This key is retiring, so it can't be rotated"):
        keys.rotate(claimed.key, by=alice)


def test_rotate_again_after_the_overlap_replaces_the_successor(
    claimed: ClaimedKey, alice: User
) -> None:
    lost = keys.rotate(claimed.key, by=alice, overlap=timedelta(0)).key
    assert key_revocation.retire(claimed.key.pk, now=datetime.now(UTC))
    again = keys.rotate(claimed.key, by=alice).key
    lost.refresh_from_db()
    assert (lost.state, lost.replaced_by, again.state) == ("retiring", again, "active")


def test_rotate_takes_no_other_key_for_the_successor(claimed: ClaimedKey, alice: User) -> None:
    """The successor was revoked, and another key made since."""
    key_revocation.revoke(keys.rotate(claimed.key, by=alice).key, by=alice)
    other = keys.claim(claimed.key.grant, by=alice).key
    with pytest.raises(WrongState, match="This key is retiring, so it can't be rotated"):
        keys.rotate(claimed.key, by=alice)
    other.refresh_from_db()
    assert other.state == "active"


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=7, microseconds=1)])
def test_rotate_bounds_the_overlap(claimed: ClaimedKey, alice: User, overlap: timedelta) -> None:
    with pytest.raises(Invalid, match="7 days at most"):
        keys.rotate(claimed.key, by=alice, overlap=overlap)
    assert Key.objects.get().state == "active"


def test_rotate_needs_a_grant_that_goes_on(claimed: ClaimedKey, alice: User) -> None:
    Grant.objects.update(state="suspended", suspended_at=datetime.now(UTC))
    with pytest.raises(WrongState, match="suspended"):
        keys.rotate(claimed.key, by=alice)
    assert Key.objects.get().state == "active"


def test_retire_ends_the_old_key_and_not_before_its_overlap_is_over(
    claimed: ClaimedKey, alice: User
) -> None:
    successor = keys.rotate(claimed.key, by=alice)
    expires_at = Key.objects.get(pk=claimed.key.pk).expires_at
    assert not key_revocation.retire(claimed.key.pk, now=expires_at - timedelta(microseconds=1))
    assert key_revocation.retire(claimed.key.pk, now=expires_at)
    assert not key_revocation.retire(claimed.key.pk, now=late())
    assert not key_revocation.retire(successor.key.pk, now=late())
    assert Key.objects.get(pk=claimed.key.pk).state == "expired"


def test_retire_keys_finds_what_is_due(claimed: ClaimedKey, alice: User) -> None:
    keys.rotate(claimed.key, by=alice, overlap=timedelta(0))
    assert (tasks.retire_keys(), tasks.retire_keys()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_revoke_wins_over_the_overlap(claimed: ClaimedKey, alice: User) -> None:
    """A revoked token that worked on in its overlap is a known mistake."""
    gate = build(database_under_test(), settings.KEY_PEPPERS, SITE)
    successor = keys.rotate(claimed.key, by=alice)
    for secret in (claimed.secret, successor.secret):
        assert ask(gate, ("x-api-key", secret), MODEL).status == 204
    key_revocation.revoke(claimed.key, by=alice)
    assert ask(gate, ("x-api-key", claimed.secret), MODEL).reason == "revoked-key"
    assert ask(gate, ("x-api-key", successor.secret), MODEL).status == 204
    assert not key_revocation.retire(claimed.key.pk, now=late())


def test_revoke_of_the_grant_takes_both_keys(claimed: ClaimedKey, alice: User, pat: User) -> None:
    keys.rotate(claimed.key, by=alice)
    grants.revoke(claimed.key.grant, by=pat, reason="Misused.")
    assert set(Key.objects.values_list("state", flat=True)) == {"revoked"}


def test_claim_is_possible_beside_a_retiring_key(claimed: ClaimedKey, alice: User) -> None:
    successor = keys.rotate(claimed.key, by=alice)
    with pytest.raises(WrongState, match="already have a key"):
        keys.claim(claimed.key.grant, by=alice)
    key_revocation.revoke(successor.key, by=alice)
    assert keys.claim(claimed.key.grant, by=alice).key.state == "active"


def test_database_refuses_two_active_keys_of_a_person(claimed: ClaimedKey, alice: User) -> None:
    keys.rotate(claimed.key, by=alice)
    with pytest.raises(IntegrityError, match="one_active_key"), transaction.atomic():
        Key.objects.update(state="active")


def test_revoke_reported_tells_the_holder_and_happens_once(
    claimed: ClaimedKey, alice: User
) -> None:
    assert key_revocation.revoke_reported(claimed.key, reason="Somebody found it.")
    assert not key_revocation.revoke_reported(claimed.key, reason="Somebody found it.")
    key = Key.objects.get()
    assert (key.state, key.revoked_by) == ("revoked", None)
    event = Event.objects.get(kind="key.revoked")
    assert (event.actor, event.details["reason"]) == (None, "Somebody found it.")
    assert Notice.objects.filter(template="key_revoked", recipient=alice).count() == 1


# Networks -------------------------------------------------------------------------------------


def test_claim_keeps_networks_and_rotate_hands_them_on(grant: Grant, alice: User) -> None:
    written = ["192.0.2.0/24", " 2001:db8::/32", "198.51.100.7", "192.0.2.0/24"]
    claimed = keys.claim(grant, by=alice, networks=written)
    kept = ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32"]
    assert claimed.key.networks == kept
    assert keys.rotate(claimed.key, by=alice).key.networks == kept


@pytest.mark.parametrize("text", ["", "office", "192.0.2.1/24", "192.0.2.0/33", "fe80::%eth0"])
def test_claim_refuses_what_is_no_network(grant: Grant, alice: User, text: str) -> None:
    with pytest.raises(Invalid, match=r"isn't a valid network\. Enter each"):
        keys.claim(grant, by=alice, networks=[text])
    assert not Key.objects.exists()


def test_claim_takes_twenty_networks_and_no_more(grant: Grant, alice: User) -> None:
    networks = [f"192.0.2.{number}" for number in range(21)]
    with pytest.raises(Invalid, match="at most 20"):
        keys.claim(grant, by=alice, networks=networks)
    assert keys.claim(grant, by=alice, networks=networks[:20]).key.networks


# The API --------------------------------------------------------------------------------------


def test_api_rotates_and_shows_the_secret_once(claimed: ClaimedKey, alice: User) -> None:
    answer = Api(alice).post(f"{API}/keys/{claimed.key.public_id}/rotate/", {"overlap_hours": 1})
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert answer.json()["secret"] not in str(Api(alice).get(f"{API}/grants/").json())
    old = Key.objects.get(pk=claimed.key.pk)
    assert old.expires_at < datetime.now(UTC) + timedelta(hours=1, seconds=1)


def test_api_rotate_is_the_holders_and_bounded(claimed: ClaimedKey, pat: User, alice: User) -> None:
    place = f"{API}/keys/{claimed.key.public_id}/rotate/"
    assert Api(pat).post(place).status_code == 403
    assert Api(alice).post(place, {"overlap_hours": 169}).status_code == 400


def test_api_claims_with_networks(grant: Grant, alice: User) -> None:
    place = f"{API}/grants/{grant.public_id}/claim/"
    assert Api(alice).post(place, {"networks": ["here"]}).status_code == 422
    answer = Api(alice).post(place, {"networks": ["192.0.2.0/24"]})
    assert answer.json()["key"]["networks"] == ["192.0.2.0/24"]


OURS = (
    "Its grant ended.",
    "Its holder no longer shares this access.",
    "Reported as leaked.",
    "Revoked by the service “x”.",
)


@pytest.mark.parametrize("reason", OURS)
def test_revoke_refuses_a_sentence_of_this_sites_own(
    claimed: ClaimedKey, pat: User, reason: str
) -> None:
    with pytest.raises(Invalid, match="is reserved for this site"):
        key_revocation.revoke(claimed.key, by=pat, reason=reason)


@pytest.mark.parametrize("reason", OURS)
def test_holder_hears_of_a_revocation_whatever_words_stand_in_it(
    claimed: ClaimedKey, reason: str
) -> None:
    """Only what the code itself says of the cause drops a message."""
    assert key_revocation.revoke_reported(claimed.key, reason=reason)
    templates = set(Notice.objects.filter(event__kind="key.revoked").values_list("template"))
    assert templates == {("key_revoked",)}
