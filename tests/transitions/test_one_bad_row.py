"""One bad row stops no others, wherever many are acted on."""

from datetime import datetime

import pytest
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.grants import activation
from requests_app.actions.keys import external_keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.actions.review import stages
from requests_app.models import ExternalKey, Policy
from requests_app.rules.waitlist import Waitlist
from tests.conftest import ask_for
from tests.issuers.test_external_keys import issued, proxy
from tests.support.fake_litellm import Proxy
from tests.support.issuer_processes import CAMPUS

__all__ = ["issued", "proxy"]
pytestmark = pytest.mark.django_db


def test_recheck_all_goes_on_after_a_bad_stage(
    policy: Policy, opus: AIModel, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = (
        requests.save(ask_for(opus), by=by, submit=True).stages.get() for by in (alice, bob)
    )

    def recheck(stage_id: int, *, now: datetime) -> bool:
        if stage_id == first.pk:
            raise ZeroDivisionError
        return True

    monkeypatch.setattr(stages, "recheck", recheck)
    assert stages.recheck_all() == 1


def test_activate_next_goes_on_after_a_bad_grant(monkeypatch: pytest.MonkeyPatch) -> None:
    def activate(grant_id: int, *, now: datetime) -> bool:
        return bool(1 // (grant_id - 1))

    monkeypatch.setattr(activation, "activate", activate)
    monkeypatch.setattr(Waitlist, "can_start", lambda *of: [1, 2])
    assert activation.activate_next([]) == 1


def test_sweep_of_other_gateways_keys_goes_on_after_a_bad_one(
    issued: ClaimedKey, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    ExternalKey.objects.update(next_try_at=timezone.now())

    def fail(*of: object, **how: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(external_keys, "issuer_terms", fail)
    assert external_keys.verify_due(CAMPUS, now=timezone.now()) == 0
    row = ExternalKey.objects.get()
    assert row.problem == "ZeroDivisionError, see the log."
    assert row.next_try_at > timezone.now()
