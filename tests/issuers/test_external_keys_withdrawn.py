"""What other gateways are told of withdrawn models, and when a worker is woken for it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.config.celery import app
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.grants import model_withdrawal, suspensions
from requests_app.actions.keys import external_keys, key_revocation, keys, reconciliation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.issuers import get_issuer
from requests_app.models import ExternalKey, Grant, Policy
from tests.issuers.test_external_keys import issued, proxy
from tests.support.fake_litellm import Proxy
from tests.support.issuer_processes import CAMPUS

__all__ = ["issued", "proxy"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(eve: User) -> User:
    eve.is_superuser = True
    eve.save()
    return eve


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What workers are woken for, and what they are told."""
    calls: list[Any] = []

    def send(name: str, args: Any, **how: Any) -> None:
        calls.append((name.rpartition(".")[2], args))

    monkeypatch.setattr(app, "send_task", send)
    return calls


def there(proxy: Proxy) -> tuple[list[str], bool]:
    [key] = proxy.keys.values()
    return key["models"], key["blocked"]


def test_withdrawn_model_is_blocked_there_and_never_becomes_all_models(
    issued: ClaimedKey, proxy: Proxy, policy: Policy, opus: AIModel, boss: User
) -> None:
    model_withdrawal.withdraw(policy, opus, by=boss, reason="Unsafe.")
    assert tasks.verify_keys() == 1
    assert there(proxy) == (["opus-3"], True)
    assert reconciliation.reconcile(get_issuer(CAMPUS), now=timezone.now()).differences == 0


def test_withdrawal_to_come_is_told_when_it_comes(
    issued: ClaimedKey, proxy: Proxy, policy: Policy, opus: AIModel, boss: User
) -> None:
    at = timezone.now() + timedelta(days=9)
    model_withdrawal.withdraw(policy, opus, by=boss, reason="Unsafe.", at=at)
    external_keys.refresh(issued.key.grant, now=timezone.now())  # in between something else changes
    assert tasks.verify_keys() == 1
    assert ExternalKey.objects.get().next_try_at == at
    assert there(proxy) == (["opus-3"], False)
    assert external_keys.verify_due(CAMPUS, now=at) == 1
    assert there(proxy) == (["opus-3"], True)


def test_comparing_finds_a_withdrawn_model_that_nobody_told_of(
    issued: ClaimedKey, proxy: Proxy
) -> None:
    AIModel.objects.update(withdrawn_at=timezone.now())
    later = timezone.now() + timedelta(hours=1)
    assert reconciliation.reconcile(get_issuer(CAMPUS), now=later).run.changed == 1
    assert external_keys.verify_due(CAMPUS, now=later) == 1
    assert there(proxy) == (["opus-3"], True)


def test_a_gateway_that_serves_none_of_the_models_any_more_gets_no_key_for_all(
    issued: ClaimedKey, proxy: Proxy, settings: Settings
) -> None:
    campus = settings.ISSUERS[CAMPUS]
    settings.ISSUERS = {CAMPUS: type(campus)(**{**vars(campus), "models": {"gpt-3": "gpt-3"}})}
    later = timezone.now() + timedelta(hours=1)
    assert reconciliation.reconcile(get_issuer(CAMPUS), now=later).run.changed == 1
    assert external_keys.verify_due(CAMPUS, now=later) == 1
    assert there(proxy) == (["opus-3"], True)


def test_revoke_wakes_a_worker_once_and_tells_it_nothing(
    issued: ClaimedKey,
    alice: User,
    woken: list[Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        key_revocation.revoke(issued.key, by=alice)
    assert [call for call in woken if call[0] != "send_notice"] == [("push_revocations", [])]


def test_suspend_wakes_a_worker_to_block_the_keys_there(
    issued: ClaimedKey,
    pat: User,
    woken: list[Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        suspensions.suspend(issued.key.grant, by=pat, reason="A question.")
    assert ("verify_keys", []) in woken


def test_nobody_is_woken_for_a_gateway_that_is_away(
    issued: ClaimedKey,
    grant: Grant,
    alice: User,
    proxy: Proxy,
    woken: list[Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    key_revocation.revoke(issued.key, by=alice)
    second = keys.claim(grant, by=alice)
    proxy.fault = lambda path: "fail"
    tasks.push_revocations()
    with django_capture_on_commit_callbacks(execute=True):
        key_revocation.revoke(second.key, by=alice)
    assert {name for name, _ in woken} <= {"send_notice"}
    proxy.fault = lambda path: ""
    assert external_keys.push_due(CAMPUS, now=timezone.now() + timedelta(hours=1)) == 2
