"""Receipts: when a key was shut off, where, and what was seen of it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.grants import grants
from requests_app.actions.keys import external_keys, key_revocation, leaks
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import Event, ExternalKey, Key, KeyActivity
from requests_app.reports import receipts
from tests.support.api_client import API, Api, problem_of
from tests.support.desk_client import signed_in
from tests.support.page_client import Browser, assert_nothing_inline, page

pytestmark = pytest.mark.django_db

MINUTE = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)


@pytest.fixture
def revoked(claimed: ClaimedKey, alice: User) -> Key:
    """Used once, revoked by its holder, and tried twice since."""
    key_revocation.revoke(claimed.key, by=alice, reason="Laptop stolen.")
    late = MINUTE + timedelta(hours=1)
    KeyActivity.objects.create(
        key=claimed.key, last_used_at=MINUTE, refusals=2, last_refused_at=late
    )
    return Key.objects.get()


def test_receipt_says_when_where_and_what_was_seen(revoked: Key) -> None:
    receipt = receipts.receipt_for(revoked)
    event = Event.objects.get(kind="key.revoked")
    assert (receipt.event, receipt.reason) == (event, "Laptop stolen.")
    assert receipt.refused_from == revoked.refused_from == event.at
    assert receipt.issuers == [receipts.IssuerRefusal("Our gateway check", revoked.refused_from)]
    assert (receipt.last_used_at, receipt.attempts) == (MINUTE, 2)
    assert receipt.digest == bytes(event.digest).hex()


def test_receipt_names_every_gateway_and_whether_it_confirmed(revoked: Key, alice: User) -> None:
    made = {"key": revoked, "created_at": MINUTE}
    ExternalKey.objects.create(issuer="east", reference="a", state="gone", gone_at=MINUTE, **made)
    ExternalKey.objects.create(
        issuer="west", reference="b", state="deleting", next_try_at=MINUTE, **made
    )
    told = receipts.receipt_for(revoked).issuers[1:]
    assert told == [receipts.IssuerRefusal("east", MINUTE), receipts.IssuerRefusal("west", None)]
    shown = page(Browser(alice).get(f"/keys/{revoked.public_id}/receipt/"))
    assert "west Notified, not confirmed yet. We keep retrying." in shown


def test_receipt_of_a_key_that_its_end_reached(claimed: ClaimedKey) -> None:
    grant = claimed.key.grant
    grants.end_due(grant.pk, now=grant.ends_at + timedelta(hours=3))
    receipt = receipts.receipt_for(Key.objects.get())
    assert (receipt.reason, receipt.refused_from) == ("Reached its end date.", grant.ends_at)
    assert (receipt.last_used_at, receipt.attempts) == (None, 0)


def test_receipt_of_a_key_revoked_without_a_reason_says_who_revoked_it(
    claimed: ClaimedKey, alice: User
) -> None:
    key_revocation.revoke(claimed.key, by=alice)
    assert receipts.receipt_for(Key.objects.get()).reason == "Revoked by its holder."


def test_receipt_of_a_key_that_an_owner_revoked_without_a_reason(
    claimed: ClaimedKey, pat: User
) -> None:
    key_revocation.revoke(claimed.key, by=pat)
    assert receipts.receipt_for(Key.objects.get()).reason == "No reason was given."


def test_receipt_of_a_key_that_was_never_created_says_so(claimed: ClaimedKey) -> None:
    Key.objects.update(state="issuing")
    external_keys.fail(Key.objects.get(), problem="It is away.", now=timezone.now())
    reason = receipts.receipt_for(Key.objects.get()).reason
    assert reason == "A gateway could not create the key."


def test_receipt_of_a_key_revoked_after_its_end_starts_at_the_end(
    claimed: ClaimedKey, alice: User
) -> None:
    ended = claimed.key.created_at + timedelta(microseconds=1)
    Key.objects.update(expires_at=ended)
    key_revocation.revoke(claimed.key, by=alice)
    assert receipts.receipt_for(Key.objects.get()).refused_from == ended


def test_a_key_that_works_has_no_receipt(claimed: ClaimedKey, alice: User) -> None:
    address = f"/keys/{claimed.key.public_id}/receipt/"
    assert "Revoke it first." in page(Browser(alice).get(address))
    assert problem_of(Api(alice).get(API + address), 409)["title"] == "No longer possible"


def test_holder_and_owners_read_it_and_nobody_else(
    revoked: Key, alice: User, pat: User, bob: User
) -> None:
    address = f"/keys/{revoked.public_id}/receipt/"
    for person in (alice, pat):
        shown = Browser(person).get(address)
        assert_nothing_inline(shown)
        assert "Why Laptop stolen. Refused from" in page(shown)
        assert "Last use before 15 March 2026, 14:03 UTC (to the minute)" in page(shown)
        assert "Calls since then 2, all refused; last on 15 March 2026, 15:03 UTC" in page(shown)
    assert Browser(bob).get(address).status_code == 404
    problem_of(Api(bob).get(API + address), 404)


def test_the_api_tells_the_same(revoked: Key, alice: User) -> None:
    told = Api(alice).get(f"{API}/keys/{revoked.public_id}/receipt/").json()
    moment = revoked.refused_from.isoformat().replace("+00:00", "Z")
    assert told["refused_from"] == told["recorded_at"] == told["confirmed_at"] == moment
    assert told["issuers"] == [{"name": "Our gateway check", "refuses_since": moment}]
    assert (told["attempts"], told["last_used_at"]) == (2, "2026-03-15T14:03:00Z")
    assert told["event_digest"] == bytes(Event.objects.get(kind="key.revoked").digest).hex()


def test_the_answer_to_a_revocation_says_where_the_receipt_is(
    claimed: ClaimedKey, alice: User
) -> None:
    grant, api = f"{API}/grants/{claimed.key.grant}/", Api(alice)
    assert api.get(grant).json()["keys"][0]["receipt"] is None
    address = api.post(f"{API}/keys/{claimed.key.public_id}/revoke/").json()["receipt"]
    assert address == f"http://localhost:8000{API}/keys/{claimed.key.public_id}/receipt/"
    assert api.get(address).status_code == 200


@pytest.fixture
def outsider() -> User:
    outsider = User.objects.create_user("oz@example.org", "x", full_name="Oz", is_staff=True)
    outsider.groups.add(Group.objects.create(name="Another committee"))
    return outsider


def test_staff_with_sight_of_the_grant_read_it_on_the_desk(
    revoked: Key, rita: User, outsider: User
) -> None:
    grant = f"/admin/requests_app/grant/{revoked.grant_id}/"
    address = f"{grant}keys/{revoked.public_id}/receipt/"
    assert address in signed_in(rita).get(f"{grant}change/").content.decode()
    assert "Why Laptop stolen." in page(signed_in(rita).get(address))
    assert signed_in(outsider).get(address).status_code == 404


def test_the_desk_shows_no_receipt_of_a_key_that_works(claimed: ClaimedKey, rita: User) -> None:
    grant = f"/admin/requests_app/grant/{claimed.key.grant_id}/"
    address = f"{grant}keys/{claimed.key.public_id}/receipt/"
    assert "Revoke it first." in page(signed_in(rita).get(address, follow=True))


@pytest.mark.parametrize("found", [False, True])
def test_the_mail_leads_to_what_comes_next(claimed: ClaimedKey, alice: User, found: bool) -> None:
    if found:
        leaks.report([claimed.secret])
    else:
        key_revocation.revoke(claimed.key, by=alice)
    tasks.send_notices()
    body = next(m for m in mail.outbox if m.to == [alice.email] and "revoked" in m.body).body
    grant, key = f"/access/{claimed.key.grant}/", f"/keys/{claimed.key.public_id}/receipt/"
    assert f"http://localhost:8000{grant if found else key}" in body


def test_a_receipt_has_one_zone_whatever_its_readers_is(revoked: Key, alice: User) -> None:
    alice.time_zone = "Asia/Tokyo"
    alice.save()
    shown = page(Browser(alice).get(f"/keys/{revoked.public_id}/receipt/"))
    assert "JST" not in shown
    assert shown.count("UTC") >= 4
