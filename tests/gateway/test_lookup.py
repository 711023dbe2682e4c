"""The gateway's SQL on a real database: what it finds, and that commits count at once."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection

from lifecycle.catalogue.models import AccessRoute, AIModel, Replacement, Retirement
from lifecycle.people.models import User
from requests_app import key_format
from requests_app.actions.grants import grants
from requests_app.actions.keys import key_revocation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.gateway import lookup
from requests_app.gateway.app import Gateway
from requests_app.gateway.asgi import build
from requests_app.gateway.pool import Pool
from requests_app.models import Collaborator, Grant, GrantedModel, Key, Usage
from tests.support.gateway_fixtures import MODEL, SITE, Reply, ask
from tests.support.worker_processes import database_under_test

pytestmark = pytest.mark.django_db(transaction=True)

Asking = Callable[[], Reply]
DAY = timedelta(days=1)


@pytest.fixture
def gateway() -> Gateway:
    return build(database_under_test(), settings.KEY_PEPPERS, SITE + "/", settings.REDIS_URL)


@pytest.fixture
def asking(gateway: Gateway, claimed: ClaimedKey) -> Asking:
    """Ask about Alice's key for the model it was made for."""
    address = ("x-emeritus-address", "203.0.113.9")
    return lambda: ask(gateway, ("x-api-key", claimed.secret), MODEL, address)


def test_check_passes_the_key_of_a_grant(asking: Asking, claimed: ClaimedKey, alice: User) -> None:
    reply = asking()
    assert reply.status == 204
    assert reply.headers["x-emeritus-key"] == claimed.key.public_id
    assert reply.headers["x-emeritus-grant"] == claimed.key.grant.public_id
    assert reply.headers["x-emeritus-holder"] == f"user-{alice.pk}"
    assert datetime.fromisoformat(reply.headers["x-emeritus-ends"]) == claimed.key.expires_at


def past(**ends: datetime) -> Callable[[ClaimedKey], object]:
    """A key that was made before today, so that its ends may lie behind us."""
    earlier = datetime.now(UTC) - 2 * DAY

    def change(claimed: ClaimedKey) -> None:
        Key.objects.update(created_at=earlier, **ends)

    return change


def removed_collaborator(claimed: ClaimedKey) -> None:
    """The key is bob's, who was a collaborator."""
    bob = User.objects.create_user("bob@example.org", full_name="Bob")
    now = datetime.now(UTC)
    Collaborator.objects.create(
        grant=claimed.key.grant, person=bob, added_at=now, removed_at=now, removed_by=bob
    )
    Key.objects.update(holder=bob)


CHANGES: tuple[tuple[str, Callable[[ClaimedKey], object]], ...] = (
    ("revoked-key", lambda claimed: key_revocation.revoke(claimed.key, by=claimed.key.holder)),
    ("revoked-key", lambda claimed: grants.end(claimed.key.grant, by=claimed.key.holder)),
    ("revoked-key", lambda _: Key.objects.update(refused_from=datetime.now(UTC))),
    ("expired-key", past(expires_at=datetime.now(UTC) - DAY)),
    ("expired-key", lambda _: Grant.objects.update(ends_at=datetime.now(UTC))),
    ("expired-key", lambda _: Grant.objects.update(member_until=datetime.now(UTC))),
    (
        "grant-suspended",
        lambda _: Grant.objects.update(state="suspended", suspended_at=datetime.now(UTC)),
    ),
    ("not-started", lambda _: Grant.objects.update(activated_at=datetime.now(UTC) + DAY)),
    ("holder-not-in-good-standing", lambda _: User.objects.update(is_active=False)),
    ("wrong-model", lambda _: GrantedModel.objects.all().delete()),
    ("wrong-model", lambda _: GrantedModel.objects.update(is_live=False)),
    ("model-withdrawn", lambda _: AIModel.objects.update(withdrawn_at=datetime.now(UTC))),
    ("wrong-operation", lambda _: Grant.objects.update(operations=["completions"])),
    ("unknown-key", lambda claimed: Key.objects.update(digest=plain_digest(claimed))),
    ("unknown-key", lambda _: (Usage.objects.all().delete(), Key.objects.all().delete())),
    ("revoked-key", removed_collaborator),
    ("wrong-network", lambda _: Key.objects.update(networks=["192.0.2.0/24"])),
)


def test_every_table_of_the_look_up_tells_of_its_changes(db: None) -> None:
    """All but those that count use: what is used up is as late as what is remembered."""
    read = set(re.findall(r"(?:FROM|JOIN) (\w+_\w+)", lookup.KEY))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgfoid = 'emeritus_clear_gateways'::regproc AND tgenabled <> 'D'"
        )
        told = {table for (table,) in cursor.fetchall()}
    assert "requests_app_key" in read
    assert read - told == {"requests_app_usage"}


def plain_digest(claimed: ClaimedKey) -> bytes:
    """What someone with SQL but without the pepper could plant."""
    return hashlib.sha256(claimed.secret.encode()).digest()


@pytest.mark.parametrize(("reason", "change"), CHANGES)
def test_check_refuses_from_the_commit_on(
    asking: Asking, claimed: ClaimedKey, reason: str, change: Callable[[ClaimedKey], object]
) -> None:
    assert asking().status == 204
    change(claimed)
    assert asking().reason == reason


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_check_wants_both_the_keys_and_the_grants_holder_in_good_standing(
    asking: Asking, alice: User, bob: User, who: str
) -> None:
    Key.objects.update(holder=bob)
    assert asking().reason == "revoked-key"
    Collaborator.objects.create(grant=Grant.objects.get(), person=bob, added_at=datetime.now(UTC))
    assert asking().headers["x-emeritus-holder"] == f"user-{bob.pk}"
    User.objects.filter(email=f"{who}@example.org").update(is_active=False)
    assert asking().reason == "holder-not-in-good-standing"


def test_check_ends_with_the_models_withdrawal(asking: Asking) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    AIModel.objects.update(withdrawn_at=soon)
    assert datetime.fromisoformat(asking().headers["x-emeritus-ends"]) == soon


def test_check_knows_keys_of_older_peppers(claimed: ClaimedKey) -> None:
    headers = (("x-api-key", claimed.secret), MODEL)
    newest = {9: b"\x09" * 32}
    for peppers, status in ((settings.KEY_PEPPERS | newest, 204), (newest, 401)):
        gateway = build(database_under_test(), peppers, SITE, settings.REDIS_URL)
        assert ask(gateway, *headers).status == status


def test_check_finds_no_key_by_sql(gateway: Gateway, claimed: ClaimedKey) -> None:
    for text in ("emk_' OR '1'='1", f"{claimed.secret}'--", "emk_%", claimed.key.digest.hex()):
        assert ask(gateway, ("x-api-key", text), ("x-emeritus-model", "' OR 1=1")).status == 401
    digest = str(claimed.key.digest)
    assert ask(gateway, ("x-api-key", digest), ("x-emeritus-model", "x")).status == 401


def test_pool_neither_writes_nor_waits() -> None:
    pool = Pool(database_under_test())

    async def settings_of_a_session() -> list[object]:
        await pool.open()
        names = ("default_transaction_read_only", "statement_timeout")
        try:
            return [await pool.row(f"SHOW {name}") for name in names]
        finally:
            await pool.close()

    assert asyncio.run(settings_of_a_session()) == [("on",), ("2s",)]


# A retired model, without a key ---------------------------------------------------------------


def test_check_without_key_names_the_latest_replacement(gateway: Gateway, opus: AIModel) -> None:
    for position, identifier in enumerate(("claude-opus-4-1", "claude-opus-4-8")):
        Replacement.objects.create(ai_model=opus, position=position, identifier=identifier)
    reply = ask(gateway, MODEL)
    assert reply.status == 410
    assert reply.content["replacement"] == "claude-opus-4-8"
    assert reply.content["retired_on"] == "2026-01-05"
    assert reply.content["ask"] == f"{SITE}/models/{opus.identifier}/"


@pytest.mark.parametrize("route", ["none", "product", "withdrawn"])
def test_check_without_key_offers_no_request_where_there_is_none(
    gateway: Gateway, opus: AIModel, route: str
) -> None:
    if route == "withdrawn":
        AIModel.objects.update(withdrawn_at=datetime.now(UTC))
    else:
        AccessRoute.objects.update(kind=route)
    said = ask(gateway, MODEL).content
    assert (said["ask"], said["see"]) == (None, f"{SITE}/models/{opus.identifier}/")
    assert "can't request access to it" in said["detail"]


def in_days(days: int) -> date:
    return datetime.now(UTC).date() + timedelta(days)


@pytest.mark.parametrize(
    ("day", "precision", "status"),
    [
        (in_days(0), "day", 410),
        (in_days(1), "day", 401),
        (in_days(0), "not_sooner_than", 401),
        (in_days(-99), "not_sooner_than", 401),
        (in_days(0), "not_later_than", 410),
        (in_days(0), "at_earliest", 401),
    ],
)
def test_check_without_key_goes_by_the_day_of_retirement(
    gateway: Gateway, opus: AIModel, day: date, precision: str, status: int
) -> None:
    Retirement.objects.update(announced=None, retires=day, precision=precision)
    assert ask(gateway, MODEL).status == status


@pytest.mark.parametrize(("reopened", "status"), [(in_days(1), 410), (in_days(0), 401)])
def test_check_without_key_honours_a_reopening(
    gateway: Gateway, opus: AIModel, reopened: date, status: int
) -> None:
    Retirement.objects.update(reopened=reopened)
    assert ask(gateway, MODEL).status == status


@pytest.mark.parametrize(("second", "status"), [(in_days(1), 401), (in_days(0), 410)])
def test_check_without_key_goes_by_the_second_retirement_of_a_platform(
    gateway: Gateway, opus: AIModel, second: date, status: int
) -> None:
    first = opus.retirements.get()
    opus.retirements.create(platform=first.platform, round=2, retires=second, precision="day")
    reply = ask(gateway, MODEL)
    assert reply.status == status
    assert opus.is_retired(in_days(0)) is (status == 410)
    assert AIModel.objects.retired_on(in_days(0)).exists() is (status == 410)
    if status == 410:
        assert reply.content["retired_on"] == second.isoformat()


def test_check_with_a_broken_or_unknown_key_is_no_410(gateway: Gateway, opus: AIModel) -> None:
    for key in (key_format.new(), key_format.new()[:-1], "emk_", "ems_x"):
        assert ask(gateway, ("x-api-key", key), MODEL).status == 401
