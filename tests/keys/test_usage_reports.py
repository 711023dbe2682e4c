"""Use that gateways report: counted once, and charged to the grant."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.gateway.asgi import build
from requests_app.models import Grant, Usage, UsageBatch
from tests.api.test_oauth import make
from tests.support.api_client import Api
from tests.support.concurrency import at_once
from tests.support.gateway_fixtures import MODEL, OPUS, SITE, ask
from tests.support.worker_processes import database_under_test

URL = "/gateway/usage"


@pytest.fixture
def gate(db: None) -> Api:
    api = Api(enforce_csrf_checks=True)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {make('usage.report').secret}")
    return api


def entry(claimed: ClaimedKey, **more: Any) -> dict[str, Any]:
    took = {"input_tokens": 100, "output_tokens": 20, "cost_usd": "0.001500"}
    return {"key": claimed.key.public_id, "model": OPUS, **took, **more}


def send(gate: Api, *entries: dict[str, Any], batch: str = "b1") -> Any:
    return gate.post(URL, {"batch": batch, "entries": entries})


def counted() -> list[tuple[int, int, int, int]]:
    columns = ("requests", "input_tokens", "output_tokens", "cost")
    return list(Usage.objects.order_by("day").values_list(*columns))


@pytest.mark.django_db
def test_report_adds_up_by_key_model_and_day(gate: Api, claimed: ClaimedKey) -> None:
    yesterday = (timezone.now() - timedelta(days=1)).date().isoformat()
    response = send(gate, entry(claimed), entry(claimed), entry(claimed, day=yesterday))
    assert (response.status_code, response.json()) == (
        200,
        {"counted": 3, "unknown": [], "refused": []},
    )
    send(gate, entry(claimed, input_tokens=1, output_tokens=0, cost_usd="1"), batch="b2")
    assert counted() == [(0, 100, 20, 1500), (0, 201, 40, 1_003_000)]


@pytest.mark.django_db
def test_report_of_the_same_batch_again_changes_nothing(gate: Api, claimed: ClaimedKey) -> None:
    first, again = send(gate, entry(claimed)), send(gate, entry(claimed))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert counted() == [(0, 100, 20, 1500)]
    other = send(gate, entry(claimed, input_tokens=5))
    assert (other.status_code, "new ID" in other.json()["detail"]) == (409, True)
    assert counted() == [(0, 100, 20, 1500)]


FULL = 2**63 - 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "columns", [("input_tokens",), ("input_tokens", "output_tokens"), ("cost",)]
)
def test_use_near_the_end_of_a_bigint_is_counted_and_judged(
    gate: Api, claimed: ClaimedKey, columns: tuple[str, ...]
) -> None:
    Grant.objects.update(tokens_per_day=10**6, spend_cap=10**6)
    send(gate, entry(claimed))
    Usage.objects.update(**dict.fromkeys(columns, FULL - 50))
    assert send(gate, entry(claimed), batch="b2").status_code == 200
    full = Usage.objects.get()
    assert getattr(full, columns[0]) == FULL
    gateway = build(database_under_test(), settings.KEY_PEPPERS, SITE)
    reply = ask(gateway, ("x-api-key", claimed.secret), MODEL)
    assert reply.status in (403, 429)


@pytest.mark.django_db
def test_report_says_which_entries_name_nothing_of_ours(gate: Api, claimed: ClaimedKey) -> None:
    strange = entry(claimed, key="key_0000000000000000"), entry(claimed, model="gpt-x")
    response = send(gate, strange[0], entry(claimed), strange[1])
    assert response.json() == {"counted": 1, "unknown": [0, 2], "refused": []}


BAD: tuple[dict[str, Any], ...] = (
    {"input_tokens": -1},
    {"input_tokens": "100"},
    {"output_tokens": 10**13},
    {"cost_usd": "-1"},
    {"cost_usd": "0.0000001"},
    {"day": "yesterday"},
    {"secret": "emk_x"},
)


@pytest.mark.django_db
@pytest.mark.parametrize("bad", BAD, ids=str)
def test_report_that_cannot_be_read_counts_nothing(
    gate: Api, claimed: ClaimedKey, bad: dict[str, Any]
) -> None:
    assert send(gate, entry(claimed), entry(claimed, **bad)).status_code == 400
    assert (counted(), UsageBatch.objects.count()) == ([], 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days", "reason"), [(-2, "to-come"), (0, ""), (31, ""), (32, "too-old"), (400, "too-old")]
)
def test_report_counts_the_rest_when_the_day_of_one_entry_cannot_be(
    gate: Api, claimed: ClaimedKey, days: int, reason: str
) -> None:
    day = (timezone.now() - timedelta(days=days)).date().isoformat()
    answer = send(gate, entry(claimed), entry(claimed, day=day))
    assert answer.status_code == 200
    told = answer.json()
    assert told["counted"] == (1 if reason else 2)
    assert [(each["entry"], each["reason"]) for each in told["refused"]] == (
        [(1, reason)] if reason else []
    )
    assert sum(row[1] for row in counted()) == 100 * told["counted"]


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "counts"), [(5, 1), (6, 0)])
def test_report_for_tomorrow_counts_from_five_minutes_before(
    gate: Api, claimed: ClaimedKey, minutes: int, counts: int
) -> None:
    """A gateway's clock may be a little ahead."""
    midnight = datetime.combine(timezone.now().date() + timedelta(days=1), time(), UTC)
    with time_machine.travel(midnight - timedelta(minutes=minutes), tick=False):
        told = send(gate, entry(claimed, day=midnight.date().isoformat())).json()
    assert (told["counted"], len(told["refused"])) == (counts, 1 - counts)


@pytest.mark.django_db
@pytest.mark.parametrize(("entries", "status"), [(1_000, 200), (1_001, 400)])
def test_report_takes_a_thousand_entries(
    gate: Api, claimed: ClaimedKey, entries: int, status: int
) -> None:
    assert send(gate, *[entry(claimed)] * entries).status_code == status


@pytest.mark.django_db
def test_report_sent_again_later_gets_the_first_answer(gate: Api, claimed: ClaimedKey) -> None:
    """What was 31 days old is 32 a day later, and what had no day is of the first one."""
    day = (timezone.now() - timedelta(days=31)).date().isoformat()
    sent = (entry(claimed), entry(claimed, day=day), entry(claimed, model="gpt-x"))
    first, before = send(gate, *sent), counted()
    AIModel.objects.create(identifier="gpt-x", provider=AIModel.objects.get().provider, name="X")
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        again = send(gate, *sent)
    assert (again.status_code, again.json()) == (200, first.json())
    assert (first.json()["counted"], first.json()["unknown"]) == (2, [2])
    assert counted() == before


@pytest.mark.django_db
def test_report_needs_a_service_token_with_the_permission(claimed: ClaimedKey) -> None:
    api = Api(enforce_csrf_checks=True)
    assert send(api, entry(claimed)).status_code == 401
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {make('read').secret}")
    assert send(api, entry(claimed)).status_code == 403
    api.force_login(claimed.key.holder)
    api.credentials()
    assert send(api, entry(claimed)).status_code == 401
    assert counted() == []


@pytest.mark.django_db(transaction=True)
def test_report_twice_at_the_same_moment_counts_once(gate: Api, claimed: ClaimedKey) -> None:
    results = at_once(*[lambda: send(gate, entry(claimed)).status_code] * 4)
    assert results == [200] * 4
    assert counted() == [(0, 100, 20, 1500)]


@pytest.mark.django_db(transaction=True)
def test_check_refuses_when_what_was_reported_reaches_the_limit(
    gate: Api, claimed: ClaimedKey, opus: AIModel
) -> None:
    Grant.objects.update(tokens_per_day=240)
    check = build(database_under_test(), settings.KEY_PEPPERS, SITE, settings.REDIS_URL)
    for batch, status in (("b1", 204), ("b2", 429)):
        send(gate, entry(claimed), batch=batch)
        assert ask(check, ("x-api-key", claimed.secret), MODEL).status == status
