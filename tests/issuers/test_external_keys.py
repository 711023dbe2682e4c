"""Keys at another gateway: made there before they work, deleted there until that is confirmed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.grants import grants
from requests_app.actions.keys import external_keys, key_revocation, keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.issuers import IssuerError, KeyTerms, Unreachable, get_issuer, litellm
from requests_app.models import Event, ExternalKey, Grant, Key, Notice
from requests_app.refusals import WrongState
from tests.support.fake_litellm import ADMIN_KEY, Proxy, serving
from tests.support.issuer_processes import (
    CAMPUS,
    settings_of,
    should_be_there,
    sweep,
    sweep_to_the_end,
)
from tests.support.page_client import Browser, page

pytestmark = pytest.mark.django_db

LATER = timedelta(hours=2)


@pytest.fixture
def proxy(grant: Grant, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """Configured after the grant is there, which is then written from its record."""
    monkeypatch.setattr(litellm, "TIMES", httpx.Timeout(0.3))
    with serving() as proxy:
        settings.ISSUERS = {CAMPUS: settings_of(proxy)}
        yield proxy


@pytest.fixture
def issued(proxy: Proxy, grant: Grant, alice: User) -> ClaimedKey:
    return keys.claim(grant, by=alice)


def only(path: str, fault: str) -> object:
    return lambda asked: fault if asked == path else ""


def test_claim_makes_the_same_key_there_with_its_scope(issued: ClaimedKey, proxy: Proxy) -> None:
    assert proxy.secrets == {issued.key.public_id: f"sk-{issued.secret}"}
    [there] = proxy.keys.values()
    assert (there["models"], there["blocked"]) == (["opus-3"], False)
    assert there["metadata"] == {"emeritus": "http://localhost:8000"}
    ends_at = datetime.fromisoformat(there["expires"])
    assert abs(ends_at - issued.key.expires_at) < timedelta(seconds=5)
    assert issued.key.state == "active"
    assert ExternalKey.objects.get().state == "present"


def test_claim_hands_limits_on(proxy: Proxy, grant: Grant, alice: User) -> None:
    Grant.objects.update(requests_per_minute=20, spend_cap=50)
    keys.claim(grant, by=alice)
    [there] = proxy.keys.values()
    assert (there["rpm_limit"], there["max_budget"]) == (20, 50)


def test_claim_of_other_models_asks_nobody(settings: Settings, grant: Grant, alice: User) -> None:
    with serving() as proxy:
        other = settings_of(proxy)
        settings.ISSUERS = {CAMPUS: type(other)(**{**vars(other), "models": {"gpt-3": "gpt-3"}})}
        assert keys.claim(grant, by=alice).key.state == "active"
        assert not proxy.asked


@pytest.mark.parametrize("fault", ["fail", "hang", "late", "cut", "lost", "busy"])
def test_claim_that_fails_leaves_nothing_live_and_can_be_repeated(
    proxy: Proxy, grant: Grant, alice: User, fault: str
) -> None:
    proxy.fault = lambda path: fault
    with pytest.raises(WrongState, match="No key was created. Try again"):
        keys.claim(grant, by=alice)
    assert Key.objects.get().state == "failed"
    assert not Notice.objects.filter(template="key_failed").exists()
    proxy.fault = lambda path: ""
    proxy.settle()
    assert keys.claim(grant, by=alice).key.state == "active"
    sweep(timezone.now() + LATER)
    assert proxy.aliases == should_be_there()


def test_claim_is_not_repeated_behind_the_callers_back(
    proxy: Proxy, grant: Grant, alice: User
) -> None:
    proxy.fault = lambda path: "fail"
    with pytest.raises(WrongState):
        keys.claim(grant, by=alice)
    assert proxy.asked == ["/key/generate"]


def test_creation_that_arrives_after_its_deletion_is_found_by_the_next_look(
    proxy: Proxy, grant: Grant, alice: User
) -> None:
    proxy.fault = lambda path: "late" if path == "/key/generate" else ""
    with pytest.raises(WrongState):
        keys.claim(grant, by=alice)
    assert external_keys.push_due(CAMPUS, now=timezone.now()) == 0
    proxy.settle()
    assert len(proxy.aliases) == 1
    assert external_keys.push_due(CAMPUS, now=timezone.now() + LATER) == 1
    assert not proxy.aliases


def test_rotate_has_both_keys_there_and_retire_takes_the_old(
    issued: ClaimedKey, proxy: Proxy, alice: User
) -> None:
    successor = keys.rotate(issued.key, by=alice)
    assert proxy.aliases == {issued.key.public_id, successor.key.public_id}
    assert key_revocation.retire(issued.key.pk, now=timezone.now() + timedelta(days=2))
    assert external_keys.push_due(CAMPUS, now=timezone.now() + timedelta(days=2)) == 1
    assert proxy.aliases == {successor.key.public_id}


def test_rotate_that_fails_leaves_the_old_key_as_it_was(
    issued: ClaimedKey, proxy: Proxy, alice: User
) -> None:
    proxy.fault = lambda path: "fail"
    with pytest.raises(WrongState, match="campus can't do this at the moment"):
        keys.rotate(issued.key, by=alice)
    assert Key.objects.get(pk=issued.key.pk).state == "active"


# Revoking -------------------------------------------------------------------------------------


def test_revoke_refuses_at_once_and_is_confirmed_when_the_gateway_says_so(
    issued: ClaimedKey, proxy: Proxy, alice: User
) -> None:
    revoked = key_revocation.revoke(issued.key, by=alice)
    assert (revoked.state, revoked.closed_at) == ("revoking", None)
    assert tasks.push_revocations() == 1
    assert Key.objects.get().state == "revoked"
    assert Event.objects.get(kind="key.confirmed").details["issuers"] == [CAMPUS]
    assert not proxy.keys


def test_revoke_and_claim_again_need_no_gateway(
    issued: ClaimedKey, proxy: Proxy, alice: User, pat: User
) -> None:
    proxy.fault = lambda path: "hang"
    grants.revoke(issued.key.grant, by=pat, reason="Misused.")
    assert Key.objects.get().state == "revoking"
    assert len(proxy.asked) == 1


def test_revocation_of_a_key_that_is_not_there_counts(issued: ClaimedKey, proxy: Proxy) -> None:
    proxy.keys.clear()
    key_revocation.revoke(issued.key, by=issued.key.holder)
    assert tasks.push_revocations() == 1
    assert Key.objects.get().state == "revoked"


@pytest.mark.parametrize("text", [{}, {"deleted_keys": []}, {"deleted_keys": ["another"]}])
def test_deletion_that_is_not_named_does_not_count(
    issued: ClaimedKey, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, text: object
) -> None:
    monkeypatch.setattr(proxy, "delete", lambda body: (200, text))
    key_revocation.revoke(issued.key, by=issued.key.holder)
    assert tasks.push_revocations() == 0
    assert Key.objects.get().state == "revoking"
    assert "didn't confirm that it deleted" in ExternalKey.objects.get().problem


def test_not_found_of_a_wrong_address_proves_nothing(
    issued: ClaimedKey, proxy: Proxy, settings: Settings
) -> None:
    key_revocation.revoke(issued.key, by=issued.key.holder)
    proxy.url += "/elsewhere"
    settings.ISSUERS = {CAMPUS: settings_of(proxy)}
    assert tasks.push_revocations() == 0
    assert Key.objects.get().state == "revoking"


def test_revocation_is_tried_for_ever_and_the_operators_hear_once(
    issued: ClaimedKey, proxy: Proxy, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    key_revocation.revoke(issued.key, by=alice)
    proxy.fault = lambda path: "fail"
    for hours in range(1, 14):
        external_keys.push_due(CAMPUS, now=timezone.now() + hours * LATER)
    row = ExternalKey.objects.get()
    assert (row.tries, row.state, row.stuck_at is not None) == (13, "deleting", True)
    assert Notice.objects.filter(template="key_stuck", recipient=alice).count() == 1
    proxy.fault = lambda path: ""
    assert external_keys.push_due(CAMPUS, now=timezone.now() + 14 * LATER) == 1
    row.refresh_from_db()
    assert (row.state, row.stuck_at) == ("gone", None)


def test_push_asks_no_more_of_a_gateway_that_is_away(
    issued: ClaimedKey, proxy: Proxy, alice: User
) -> None:
    keys.rotate(issued.key, by=alice)
    grants.end(issued.key.grant, by=alice)
    proxy.fault, proxy.asked = lambda path: "fail", []
    assert tasks.push_revocations() == 0
    assert proxy.asked == ["/key/delete"] * litellm.TRIES
    assert set(ExternalKey.objects.values_list("tries", flat=True)) == {1}


def test_gateway_that_left_the_settings_is_a_problem_that_is_seen(
    issued: ClaimedKey, settings: Settings
) -> None:
    key_revocation.revoke(issued.key, by=issued.key.holder)
    settings.ISSUERS = {}
    assert tasks.push_revocations() == 0
    assert "no longer includes campus" in ExternalKey.objects.get().problem


# What went wrong in between -------------------------------------------------------------------


def test_grant_revoked_while_the_key_is_made_gives_no_key(
    proxy: Proxy, grant: Grant, alice: User, pat: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = external_keys.create_everywhere

    def meanwhile(key: Key, secret: str) -> None:
        create(key, secret)
        grants.revoke(grant, by=pat, reason="Misused.")

    monkeypatch.setattr(external_keys, "create_everywhere", meanwhile)
    with pytest.raises(WrongState, match="revoked"):
        keys.claim(grant, by=alice)
    assert Key.objects.get().state == "revoking"
    sweep(timezone.now() + LATER)
    assert Key.objects.get().state == "revoked"
    assert not proxy.keys


def test_key_whose_maker_was_lost_fails_and_is_deleted(
    proxy: Proxy, grant: Grant, alice: User
) -> None:
    claimed = keys._begin_claim(grant, by=alice, networks=())
    external_keys.create_everywhere(claimed.key, claimed.secret)
    assert tasks.resolve_key_creations() == 0
    with pytest.raises(WrongState, match="still being created"):
        keys.claim(grant, by=alice)
    sweep(timezone.now() + LATER)
    assert Key.objects.get().state == "failed"
    assert Notice.objects.filter(template="key_failed", recipient=alice).count() == 1
    assert not proxy.keys


def test_shorten_moves_the_end_there_too(issued: ClaimedKey, proxy: Proxy, alice: User) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    grants.shorten(issued.key.grant, by=alice, ends_at=soon)
    assert tasks.verify_keys() == 1
    [there] = proxy.keys.values()
    assert abs(datetime.fromisoformat(there["expires"]) - soon) < timedelta(seconds=5)


def test_suspended_and_not_begun_are_blocked_there(issued: ClaimedKey, proxy: Proxy) -> None:
    for fields in (
        {"state": "suspended", "suspended_at": timezone.now()},
        {"state": "active", "suspended_at": None},
        {"activated_at": timezone.now() + timedelta(days=1)},
    ):
        Grant.objects.update(**fields)
        external_keys.refresh(issued.key.grant, now=timezone.now())
        assert tasks.verify_keys() == 1
        [there] = proxy.keys.values()
        assert there["blocked"] == (fields.get("state") != "active")


def test_key_that_the_gateway_forgot_fails_and_the_holder_hears(
    issued: ClaimedKey, proxy: Proxy, alice: User
) -> None:
    proxy.keys.clear()
    sweep_to_the_end()
    assert Key.objects.get().state == "failed"
    assert Notice.objects.filter(template="key_failed", recipient=alice).count() == 1
    assert keys.claim(issued.key.grant, by=alice).key.state == "active"


# The client -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [("fail", "status 500"), ("busy", "status 429"), ("hang", "ReadTimeout"), ("cut", "campus")],
)
def test_client_says_what_is_wrong_and_no_secret(proxy: Proxy, fault: str, sentence: str) -> None:
    proxy.fault = lambda path: fault
    terms = KeyTerms(("opus-3",), timezone.now() + LATER)
    with pytest.raises(Unreachable, match=sentence) as raised:
        get_issuer(CAMPUS).create("key_1", "emk_secret", terms)
    assert "emk_secret" not in str(raised.value)
    assert ADMIN_KEY not in str(raised.value)


def test_client_repeats_what_does_no_harm_twice(proxy: Proxy) -> None:
    faults = iter(["fail", "lost", ""])
    proxy.fault = lambda path: next(faults)
    assert get_issuer(CAMPUS).find("key_1") is None
    assert len(proxy.asked) == 3


def test_client_never_makes_a_key_for_all_models(proxy: Proxy) -> None:
    with pytest.raises(IssuerError, match="serves none"):
        get_issuer(CAMPUS).create("key_1", "emk_1", KeyTerms((), timezone.now() + LATER))
    assert not proxy.asked


def test_client_reads_every_page(proxy: Proxy) -> None:
    issuer, terms = get_issuer(CAMPUS), KeyTerms(("opus-3",), timezone.now() + LATER)
    for number in range(205):
        issuer.create(f"key_{number}", f"emk_{number}", terms)
    listed = list(issuer.every())
    assert len({key.reference for key in listed}) == 205
    assert all(key.is_ours and not key.differs(terms) for key in listed)


@pytest.mark.parametrize("text", [{}, {"keys": None}, {"keys": [3], "total_pages": 1}])
def test_client_refuses_a_list_that_is_none(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, text: object
) -> None:
    monkeypatch.setattr(proxy, "listing", lambda query: (200, text))
    with pytest.raises(IssuerError, match="didn't return a list"):
        list(get_issuer(CAMPUS).every())


# The page -------------------------------------------------------------------------------------


def test_page_says_how_the_key_is_written_at_the_other_gateway(
    proxy: Proxy, grant: Grant, alice: User
) -> None:
    shown = page(Browser(alice).post(f"/access/{grant}/claim/"))
    [secret] = proxy.secrets.values()
    assert f"At {CAMPUS}, put sk- in front of it." in shown
    assert f" {secret.removeprefix('sk-')} " in shown


def test_page_shows_the_sentence_and_offers_another_try(
    proxy: Proxy, grant: Grant, alice: User, client: Client
) -> None:
    client.force_login(alice)
    proxy.fault = lambda path: "fail"
    answer = client.post(f"/access/{grant.public_id}/claim/")
    assert answer.status_code == 409
    assert "No key was created. Try again in a few minutes." in answer.content.decode()
    assert "Create key" in client.get(f"/access/{grant.public_id}/").content.decode()


def test_page_offers_a_new_key_while_the_old_one_is_being_revoked(
    issued: ClaimedKey, alice: User, client: Client
) -> None:
    client.force_login(alice)
    key_revocation.revoke(issued.key, by=alice)
    text = client.get(f"/access/{issued.key.grant.public_id}/").content.decode()
    assert "Being revoked" in text
    assert "Create key" in text
