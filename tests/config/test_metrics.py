"""The page for Prometheus: true numbers, for who has the token, and nothing of anybody."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.actions.keys import external_keys, key_revocation, keys, reconciliation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.issuers import get_issuer
from requests_app.models import Notice
from requests_app.refusals import WrongState
from tests.issuers.test_external_keys import issued, proxy
from tests.support.fake_litellm import ADMIN_KEY, Proxy
from tests.support.issuer_processes import CAMPUS

__all__ = ["issued", "proxy"]
pytestmark = pytest.mark.django_db

TOKEN = "a token for these tests"


@pytest.fixture
def token(settings: Settings) -> str:
    settings.METRICS_TOKEN = TOKEN
    return f"Bearer {TOKEN}"


def text(token: str) -> str:
    answer = Client().get("/metrics", headers={"Authorization": token})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    return answer.content.decode()


def read(token: str) -> dict[str, float]:
    """`name` or `name/label/…` to the number."""
    families = text_string_to_metric_families(text(token))
    samples = (sample for family in families for sample in family.samples)
    return {"/".join((s.name, *s.labels.values())): s.value for s in samples}


def test_metrics_are_not_there_without_a_token_in_the_settings(client: Client) -> None:
    for token in ("", "Bearer ", "Bearer x"):
        assert client.get("/metrics", headers={"Authorization": token}).status_code == 404


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer x", TOKEN, f"Basic {TOKEN}", "Bearer é"])
def test_metrics_are_refused_without_the_token(client: Client, token: str, sent: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": sent})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_metrics_count_revocations_that_wait_and_are_stuck(
    issued: ClaimedKey, proxy: Proxy, token: str, settings: Settings
) -> None:
    assert read(token)["emeritus_revocations_waiting"] == 0
    settings.ISSUER_STUCK_AFTER = 1
    key_revocation.revoke(issued.key, by=issued.key.holder)
    proxy.fault = lambda path: "fail"
    external_keys.push_due(CAMPUS, now=timezone.now())
    found = read(token)
    assert found["emeritus_revocations_waiting"] == 1
    assert 0 < found["emeritus_revocation_oldest_seconds"] < 60
    assert found["emeritus_issuer_deletions_waiting/campus"] == 1
    assert found["emeritus_issuer_stuck/campus"] == 1


def test_metrics_count_creations_that_were_never_confirmed(
    proxy: Proxy, grant: object, alice: User, token: str
) -> None:
    assert read(token)["emeritus_issuer_creations_unconfirmed/campus"] == 0
    keys._begin_claim(grant, by=alice, networks=())
    assert read(token)["emeritus_issuer_creations_unconfirmed/campus"] == 1


def test_metrics_tell_of_the_last_comparison(issued: ClaimedKey, proxy: Proxy, token: str) -> None:
    reconciliation.reconcile(get_issuer(CAMPUS), now=timezone.now() - timedelta(hours=1))
    proxy.keys.clear()
    reconciliation.reconcile(get_issuer(CAMPUS), now=timezone.now() + timedelta(seconds=1))
    found = read(token)
    assert found["emeritus_reconciliation_differences/campus/missing"] == 1
    assert found["emeritus_reconciliation_differences/campus/extra"] == 0
    assert found["emeritus_reconciliation_age_seconds/campus"] < 60


def test_metrics_count_notices_that_are_due(grant: object, token: str) -> None:
    due = Notice.objects.filter(sent_at=None, next_try_at__lte=timezone.now()).count()
    assert read(token)["emeritus_notices_waiting"] == due > 0
    Notice.objects.update(sent_at=timezone.now())
    assert read(token)["emeritus_notices_waiting"] == 0


def test_metrics_count_notices_that_are_tried_again_and_not_due_yet(
    grant: object, token: str
) -> None:
    later = timezone.now() + timedelta(hours=6)
    Notice.objects.update(sent_at=None, next_try_at=later, problem="535 b'no'")
    found = read(token)
    assert found["emeritus_notices_waiting"] == 0
    assert found["emeritus_notices_failing"] == Notice.objects.count() > 0
    assert 0 < found["emeritus_notice_failing_oldest_seconds"] < 60


def test_metrics_say_nothing_of_anybody(issued: ClaimedKey, token: str, alice: User) -> None:
    message = text(token)
    for word in (issued.secret, ADMIN_KEY, alice.email, issued.key.public_id, "Alice"):
        assert word not in message


def test_metrics_change_nothing_by_post(client: Client, token: str) -> None:
    assert client.post("/metrics", headers={"Authorization": token}).status_code == 405


def test_claim_that_failed_is_no_creation_that_waits(
    proxy: Proxy, grant: object, alice: User, token: str
) -> None:
    proxy.fault = lambda path: "fail"
    with pytest.raises(WrongState):
        keys.claim(grant, by=alice)
    found = read(token)
    assert found["emeritus_issuer_creations_unconfirmed/campus"] == 0
    assert found["emeritus_issuer_deletions_waiting/campus"] == 1
