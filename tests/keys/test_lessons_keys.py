"""What went wrong elsewhere with keys and their check; each has a test here or says where it is."""

import asyncio
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.config.env import ROOT
from lifecycle.people.models import User
from requests_app import clock, key_format
from requests_app.actions.grants import grants
from requests_app.actions.keys import key_revocation, keys, leaks
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.gateway.app import Gateway
from requests_app.gateway.asgi import build
from requests_app.gateway.cache import Cache
from requests_app.gateway.decision import KeyRow
from requests_app.gateway.http import request_headers
from requests_app.gateway.http.request_headers import GatewayCall
from requests_app.models import (
    Collaborator,
    Event,
    Grant,
    GrantedModel,
    Key,
    Notice,
    PolicyVersion,
    Usage,
)
from requests_app.refusals import Refusal
from tests.gateway.test_cache import Slow
from tests.support.gateway_fixtures import KEY, MODEL, OPUS, PEPPERS, ROW, SITE, Reply, running
from tests.support.page_client import Browser
from tests.support.worker_processes import database_under_test, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

Asking = Callable[..., list[Reply]]
TICK = timedelta(microseconds=1)


def gateway() -> Gateway:
    return build(database_under_test(), settings.KEY_PEPPERS, SITE, settings.REDIS_URL)


@pytest.fixture
def two() -> Iterator[Asking]:
    """Two processes' worth of checks, each with a cache of its own."""
    with running(gateway(), gateway()) as ask:
        yield ask


def said(replies: list[Reply]) -> set[str]:
    return {reply.reason if reply.body else "yes" for reply in replies}


def asked(ask: Asking, claimed: ClaimedKey, *headers: tuple[str, str]) -> set[str]:
    return said(ask(("x-api-key", claimed.secret), *(headers or (MODEL,))))


# SQL built from the key header before authentication ------------------------------------------


@pytest.mark.parametrize("start", ["", "emk_", "ems_"])
def test_sql_built_from_the_key_header(two: Asking, claimed: ClaimedKey, start: str) -> None:
    for text in ("' OR 1=1 --", "'; DROP TABLE requests_app_key; --", f"\\x{'00' * 32}", "%"):
        assert said(two(("x-api-key", start + text), ("x-emeritus-model", text))) <= {
            "malformed-key",
            "missing-key",
        }
        assert asked(two, claimed, ("x-emeritus-model", text)) == {"wrong-model"}


# Cache keyed by a part of the token, or without who asks ---------------------------------------


def test_cache_keyed_by_a_part_of_the_token(two: Asking, claimed: ClaimedKey) -> None:
    assert asked(two, claimed) == {"yes"}
    secret = claimed.secret
    for near in (secret[:33] + other(secret[33]), "emk_" + other(secret[4]) + secret[5:34]):
        whole = key_format.with_checksum(near)
        assert said(two(("x-api-key", whole), MODEL)) == {"unknown-key"}


def other(sign: str) -> str:
    return "1" if sign != "1" else "2"


def test_cache_without_who_asks_and_for_what(two: Asking, claimed: ClaimedKey) -> None:
    """A remembered yes for one model, operation or address is none for another."""
    Key.objects.update(networks=["192.0.2.0/24"])
    here, there = ("x-emeritus-address", "192.0.2.1"), ("x-emeritus-address", "198.51.100.1")
    for _ in range(2):
        assert asked(two, claimed, MODEL, here) == {"yes"}
        assert asked(two, claimed, MODEL, there) == {"wrong-network"}
        assert asked(two, claimed, MODEL) == {"address-not-named"}
        assert asked(two, claimed, ("x-emeritus-model", "other"), here) == {"wrong-model"}
        embeddings = ("x-emeritus-operation", "embeddings")
        assert asked(two, claimed, MODEL, here, embeddings) == {"wrong-operation"}


# Key wider than its creator's rights; scopes stored and never read -----------------------------


def test_key_wider_than_its_creators_rights(claimed: ClaimedKey, eve: User, two: Asking) -> None:
    with pytest.raises(Refusal):
        keys.claim(claimed.key.grant, by=eve)
    Key.objects.update(holder=eve)
    assert asked(two, claimed) == {"revoked-key"}
    assert claimed.key.expires_at <= claimed.key.grant.ends_at


SCOPES: dict[str, tuple[Callable[[], object], str]] = {
    "models": (lambda: GrantedModel.objects.update(is_live=False), "wrong-model"),
    "operations": (lambda: Grant.objects.update(operations=["completions"]), "wrong-operation"),
    "networks": (lambda: Key.objects.update(networks=["192.0.2.0/24"]), "address-not-named"),
    "start": (lambda: Grant.objects.update(activated_at=later()), "not-started"),
    "end": (lambda: Grant.objects.update(ends_at=timezone.now()), "expired-key"),
    "minute": (lambda: Grant.objects.update(requests_per_minute=1), "too-many-requests"),
    "day": (lambda: Grant.objects.update(requests_per_day=1), "too-many-requests"),
    "tokens": (lambda: use_up(tokens_per_day=1), "too-many-tokens"),
    "spend": (lambda: use_up(spend_cap=1), "spend-cap-reached"),
}


def use_up(**limit: int) -> None:
    Usage.objects.update_or_create(
        key=Key.objects.get(),
        ai_model=AIModel.objects.get(),
        day=timezone.now().date(),
        defaults={"input_tokens": 1, "cost": 1_000_000},
    )
    Grant.objects.update(**limit)


def later() -> datetime:
    return timezone.now() + timedelta(hours=1)


@pytest.mark.parametrize("scope", SCOPES)
def test_scopes_stored_and_never_read(two: Asking, claimed: ClaimedKey, scope: str) -> None:
    assert asked(two, claimed) == {"yes"}
    narrow, reason = SCOPES[scope]
    narrow()
    wait_until(lambda: asked(two, claimed) == {reason}, seconds=2, what=reason)


# Decision changed by the Host header, or by forged forwarded headers ---------------------------


def test_decision_changed_by_forged_headers(two: Asking, claimed: ClaimedKey) -> None:
    Key.objects.update(networks=["192.0.2.0/24"])
    for name in ("host", "x-forwarded-for", "x-real-ip", "forwarded", "x_emeritus_address"):
        assert asked(two, claimed, MODEL, (name, "192.0.2.1")) == {"address-not-named"}
    right, wrong = ("x-emeritus-address", "192.0.2.1"), ("x-emeritus-address", "198.51.100.1")
    assert asked(two, claimed, MODEL, right, wrong) == {"address-not-named"}
    for name in ("host", "x-forwarded-host", "x-forwarded-uri", "x-original-url", "x-http-method"):
        forged = ("x-emeritus-model", "other"), right, (name, OPUS)
        assert asked(two, claimed, *forged) == {"wrong-model"}


# Deleted or blocked key accepted on other workers from cache -----------------------------------


def test_blocked_key_accepted_on_other_workers(two: Asking, claimed: ClaimedKey) -> None:
    assert asked(two, claimed) == {"yes"}
    key_revocation.revoke(claimed.key, by=claimed.key.holder)
    assert asked(two, claimed) == {"revoked-key"}


def test_blocked_key_accepted_after_the_very_first_revocation(claimed: ClaimedKey) -> None:
    """A new sequence names its first number before it was drawn."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE emeritus_clearing RESTART")
    with running(gateway(), gateway()) as ask:
        assert asked(ask, claimed) == {"yes"}
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM emeritus_gateway_process WHERE heard = 0")
            assert cursor.fetchone() == (2,)
        key_revocation.revoke(claimed.key, by=claimed.key.holder)
        assert asked(ask, claimed) == {"revoked-key"}


def test_reported_key_accepted_on_other_workers(two: Asking, claimed: ClaimedKey) -> None:
    assert asked(two, claimed) == {"yes"}
    leaks.report([claimed.secret])
    assert asked(two, claimed) == {"revoked-key"}


def test_deleted_key_accepted_on_other_workers(two: Asking, claimed: ClaimedKey) -> None:
    assert asked(two, claimed) == {"yes"}
    Key.objects.all()._raw_delete("default")
    wait_until(lambda: asked(two, claimed) == {"unknown-key"}, seconds=1, what="its notice")


def test_update_undone_by_a_request_in_flight() -> None:
    """A slow look-up that began before a revocation doesn't bring the old row back."""
    store = Slow(ROW)
    cache = Cache(store, trusted_until=float("inf"))

    async def look_up() -> KeyRow | None:
        early = asyncio.ensure_future(cache.key([key_format.digest(KEY, PEPPERS[1])]))
        await asyncio.sleep(0)
        store.row = replace(ROW, key_state="revoked")
        cache.forget()
        store.go.set()
        return await early

    row = asyncio.run(look_up())
    assert row
    assert row.key_state == "revoked"


# Keys that outlive their owner's suspension; team removed, its keys still live -----------------


def test_keys_that_outlive_their_owners_suspension(
    two: Asking, claimed: ClaimedKey, alice: User
) -> None:
    assert asked(two, claimed) == {"yes"}
    alice.is_active = False
    alice.save()
    refused = {"holder-not-in-good-standing"}
    wait_until(lambda: asked(two, claimed) == refused, seconds=1, what="its notice")


def test_team_removed_its_keys_still_live(two: Asking, claimed: ClaimedKey, bob: User) -> None:
    """A collaborator's key ends with their place, with the grant, and with its holder."""
    now = timezone.now()
    Collaborator.objects.create(grant=claimed.key.grant, person=bob, added_at=now)
    Key.objects.update(holder=bob)
    assert asked(two, claimed) == {"yes"}
    Collaborator.objects.update(removed_at=now, removed_by=bob)
    wait_until(lambda: asked(two, claimed) == {"revoked-key"}, seconds=1, what="its notice")
    Collaborator.objects.update(removed_at=None, removed_by=None)
    wait_until(lambda: asked(two, claimed) == {"yes"}, seconds=1, what="their return")
    grants.end(claimed.key.grant, by=claimed.key.grant.holder)
    assert asked(two, claimed) == {"revoked-key"}


# Delete matched no row and reported success ----------------------------------------------------


def test_revoke_that_matched_no_row_is_no_success(claimed: ClaimedKey, alice: User) -> None:
    key_revocation.revoke(claimed.key, by=alice)
    with pytest.raises(Refusal):
        key_revocation.revoke(claimed.key, by=alice)
    assert not key_revocation.revoke_reported(claimed.key, reason="Found.")
    Key.objects.all()._raw_delete("default")
    with pytest.raises(Key.DoesNotExist):
        key_revocation.revoke(claimed.key, by=alice)


# Renewal within a second of the maximum turned into "never expires" ----------------------------


@pytest.mark.parametrize("by", [-TICK, timedelta(0), TICK])
def test_end_within_a_microsecond_of_the_most_is_an_end(
    claimed: ClaimedKey, alice: User, by: timedelta, two: Asking
) -> None:
    grant = claimed.key.grant
    if by < timedelta(0):
        grants.shorten(grant, by=alice, ends_at=grant.ends_at + by)
    else:
        with pytest.raises(Refusal):
            grants.shorten(grant, by=alice, ends_at=grant.ends_at + by)
    ends = two(("x-api-key", claimed.secret), MODEL)[0].headers["x-emeritus-ends"]
    assert datetime.fromisoformat(ends) == grant.ends_at + min(by, timedelta(0))


# A deliberately revoked token usable in its rotation overlap -----------------------------------


def test_revoked_key_usable_in_its_rotation_overlap(
    two: Asking, claimed: ClaimedKey, alice: User
) -> None:
    new = keys.rotate(claimed.key, by=alice)
    assert (asked(two, claimed), asked(two, new)) == ({"yes"}, {"yes"})
    key_revocation.revoke(claimed.key, by=alice)
    assert (asked(two, claimed), asked(two, new)) == ({"revoked-key"}, {"yes"})


# Upstream says "no such key" and the revocation never ends -------------------------------------
#
# Needs an issuer: issuers/test_external_keys.py::test_revocation_of_a_key_that_is_not_there_counts,
# and what is no proof of it:
# issuers/test_external_keys.py::test_not_found_of_a_wrong_address_proves_nothing,
# issuers/test_external_keys.py::test_deletion_that_is_not_named_does_not_count

# Full keys in hidden form fields, in the audit log, in a 429 body, in nginx's cache files ------
#
# nginx's files: gateway/test_nginx.py::test_a_gateway_writes_no_key_to_a_file,
# all tables, logs, mails:
# keys/test_secrets_nowhere.py::test_no_key_is_found_anywhere_after_the_whole_path,
# LiteLLM's: gateway/test_litellm.py::test_litellm_lets_a_key_pass_and_keeps_it_to_itself


def test_full_keys_in_hidden_form_fields(grant: Grant, alice: User) -> None:
    """On the pages that show a key it is text, in no attribute; on all others it isn't."""
    browser = Browser(alice)
    shown = [browser.post(f"/access/{grant}/claim/").content.decode()]
    key = Key.objects.get()
    shown += [browser.post(f"/keys/{key.public_id}/rotate/").content.decode()]
    for html in shown:
        (secret,) = set(re.findall(r"emk_\w{36}", html))
        assert not re.findall(rf"<[^>]*{secret}", html)
        forms = [browser.get(address) for address in (f"/access/{grant}/", "/access/")]
        forms += [browser.post("/report-a-key/", {"key": secret})]
        assert secret not in "".join(form.content.decode() for form in forms)


def test_full_keys_in_answers_events_notices_and_logs(
    two: Asking, claimed: ClaimedKey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    Grant.objects.update(requests_per_minute=1)
    replies = [
        reply
        for model in (OPUS, OPUS, OPUS, "other", claimed.secret)
        for reply in two(("x-api-key", claimed.secret), ("x-emeritus-model", model))
    ]
    assert 429 in {reply.status for reply in replies}
    texts = [f"{reply.headers} {reply.body!r}" for reply in replies]
    texts += [str(vars(row)) for table in (Event, Notice, Key) for row in table.objects.all()]
    call = request_headers.read(
        [(b"x-api-key", claimed.secret.encode()), (b"x-emeritus-model", b"x")]
    )
    assert isinstance(call, GatewayCall)
    texts += [repr(call), repr(claimed), caplog.text]
    assert not [text for text in texts if claimed.secret in text or claimed.secret[4:34] in text]


# Month arithmetic -------------------------------------------------------------------------------


def test_a_month_that_ended_in_half_of_one(policy: object) -> None:
    """Grants last whole days, and never a calendar's month."""
    asked_on = datetime(2026, 10, 15, tzinfo=UTC)
    ends = clock.grant_ends(asked_on, timedelta(days=31))
    assert ends == datetime(2026, 11, 15, tzinfo=UTC)
    assert not [field for field in PolicyVersion._meta.get_fields() if "month" in field.name]


# Revocation pushes given up after a day or five tries -------------------------------------------
#
# issuers/test_external_keys.py::test_revocation_is_tried_for_ever_and_the_operators_hear_once,
# issuers/test_external_keys_crashes.py::test_revoke_killed_anywhere_is_all_or_nothing_and_ends

# Overlapping grants, where ending the first killed the second ----------------------------------


def test_ending_one_grant_leaves_the_keys_of_another(
    two: Asking, claimed: ClaimedKey, alice: User, opus: AIModel
) -> None:
    first = claimed.key.grant
    sonnet = AIModel.objects.create(
        identifier="claude-3-sonnet", provider=opus.provider, name="Sonnet 3"
    )
    copy = Grant.objects.get(pk=first.pk)
    copy.pk, copy.public_id = None, "grant_00000000000000ff"
    copy.save(force_insert=True)
    period = (copy.activated_at, copy.ends_at)
    GrantedModel.objects.create(grant=copy, ai_model=sonnet, holder=alice, period=period)
    second = keys.claim(copy, by=alice)
    grants.end(first, by=alice)
    assert asked(two, claimed) == {"revoked-key"}
    assert asked(two, second, ("x-emeritus-model", sonnet.identifier)) == {"yes"}


# Tests that are elsewhere ----------------------------------------------------------------------


def test_every_test_that_is_named_here_is_there() -> None:
    here = (ROOT / "tests/keys/test_lessons_keys.py").read_text()
    named = re.findall(r"(\w+/test_\w+\.py)::(test_\w+)", here)
    assert named
    for module, name in named:
        assert f"\ndef {name}(" in (ROOT / "tests" / module).read_text(), name
