"""Comparing what another gateway has with what it should have, and setting it right."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.keys import external_keys, key_revocation, keys, reconciliation
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.keys.reconciliation import KINDS, ReconciliationReport
from requests_app.issuers import get_issuer
from requests_app.models import ExternalKey, Grant, Key, Reconciliation
from requests_app.states import KeyState
from tests.issuers.test_external_keys import issued, proxy
from tests.support.fake_litellm import Proxy
from tests.support.issuer_processes import CAMPUS, should_be_there, sweep_to_the_end

__all__ = ["issued", "proxy"]
pytestmark = pytest.mark.django_db

SITE = "http://localhost:8000"


def compare(*, dry_run: bool = False) -> ReconciliationReport:
    now = timezone.now() + timedelta(hours=1)
    return reconciliation.reconcile(get_issuer(CAMPUS), now=now, dry_run=dry_run)


def counts(report: ReconciliationReport) -> dict[str, int]:
    return {kind: count for kind in KINDS if (count := getattr(report.run, kind))}


def plant(proxy: Proxy, alias: str | None, site: str = SITE, token: str = "a" * 64) -> None:
    proxy.keys[token] = {
        "token": token,
        "key_alias": alias,
        "models": ["opus-3"],
        "expires": None,
        "metadata": {"emeritus": site},
    }


def change(name: str, value: object) -> Callable[[Proxy], object]:
    return lambda proxy: next(iter(proxy.keys.values())).__setitem__(name, value)


def test_no_difference_is_found_where_there_is_none(issued: ClaimedKey) -> None:
    report = compare()
    assert (report.differences, report.run.listed, report.run.expected) == (0, 1, 1)


DIFFERENCES: dict[str, Callable[[Proxy], object]] = {
    "missing": lambda proxy: proxy.keys.clear(),
    "extra": lambda proxy: plant(proxy, "key_nobody_knows"),
    "changed": change("models", ["opus-3", "everything"]),
}


@pytest.mark.parametrize("kind", DIFFERENCES)
def test_difference_is_found_reported_and_set_right(
    issued: ClaimedKey, proxy: Proxy, kind: str
) -> None:
    DIFFERENCES[kind](proxy)
    assert counts(compare(dry_run=True)) == {kind: 1}
    assert counts(compare()) == {kind: 1}
    sweep_to_the_end()
    assert compare().differences == 0
    assert proxy.aliases == should_be_there()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("models", []),
        ("blocked", True),
        ("expires", None),
        ("expires", "2999-01-01T00:00:00+00:00"),
        ("rpm_limit", 1000),
        ("max_budget", 1e6),
    ],
)
def test_changed_terms_are_set_right(
    proxy: Proxy, grant: Grant, alice: User, name: str, value: object
) -> None:
    Grant.objects.update(requests_per_minute=20, spend_cap=50)
    keys.claim(grant, by=alice)
    [there] = proxy.keys.values()
    before = there[name]
    there[name] = value
    assert counts(compare()) == {"changed": 1}
    sweep_to_the_end()
    assert str(there[name])[:15] == str(before)[:15]


def test_limit_of_the_gateways_own_is_left_alone(issued: ClaimedKey, proxy: Proxy) -> None:
    change("rpm_limit", 5)(proxy)
    assert compare().differences == 0


def test_keys_of_others_are_left_alone(issued: ClaimedKey, proxy: Proxy) -> None:
    plant(proxy, "theirs", site="https://elsewhere.example")
    plant(proxy, None, site="", token="b" * 64)
    assert compare().differences == 0


def test_key_of_ours_without_a_name_is_deleted_by_its_token(
    issued: ClaimedKey, proxy: Proxy
) -> None:
    plant(proxy, None)
    assert counts(compare()) == {"extra": 1}
    sweep_to_the_end()
    assert proxy.aliases == {issued.key.public_id}


def test_key_that_came_back_is_deleted_again(issued: ClaimedKey, proxy: Proxy) -> None:
    before = dict(proxy.keys)
    key_revocation.revoke(issued.key, by=issued.key.holder)
    assert tasks.push_revocations() == 1
    proxy.keys.update(before)
    assert counts(compare()) == {"extra": 1}
    sweep_to_the_end()
    assert not proxy.keys
    assert Key.objects.get().state == "revoked"


def test_key_whose_end_was_not_passed_on_is_deleted(issued: ClaimedKey, proxy: Proxy) -> None:
    Key.objects.update(state=KeyState.EXPIRED, closed_at=timezone.now())
    assert counts(compare()) == {"extra": 1}
    sweep_to_the_end()
    assert not proxy.keys


def test_creation_that_was_never_confirmed_is_deleted_and_claimable(
    proxy: Proxy, grant: Grant, alice: User
) -> None:
    begun = keys._begin_claim(grant, by=alice, networks=())
    external_keys.create_everywhere(begun.key, begun.secret)
    assert counts(compare()) == {"unconfirmed": 1}
    sweep_to_the_end()
    assert not proxy.keys
    assert keys.claim(grant, by=alice).key.state == "active"


def test_dry_run_changes_nothing(issued: ClaimedKey, proxy: Proxy) -> None:
    proxy.keys.clear()
    plant(proxy, "key_nobody_knows")
    before = list(ExternalKey.objects.values())
    assert counts(compare(dry_run=True)) == {"missing": 1, "extra": 1}
    assert list(ExternalKey.objects.values()) == before
    assert not Reconciliation.objects.exists()


def test_list_that_breaks_off_queues_nothing(
    issued: ClaimedKey, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(150):
        plant(proxy, f"key_{number}", token=f"{number:064}")
    proxy.fault = lambda path: "fail" if len(proxy.asked) > 2 else ""
    assert tasks.reconcile() == 0
    assert ExternalKey.objects.count() == 1


def test_list_is_taken_in_in_batches(
    issued: ClaimedKey, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "BATCH_SIZE", 7)
    for number in range(150):
        plant(proxy, f"key_{number}", token=f"{number:064}")
    assert counts(compare(dry_run=True)) == {"extra": 150}


def test_missing_key_that_is_there_after_all_stays(issued: ClaimedKey, proxy: Proxy) -> None:
    """A list that is read in pages may leave one out that moved meanwhile."""
    kept, proxy.keys = proxy.keys, {}
    compare()
    proxy.keys = kept
    sweep_to_the_end()
    assert Key.objects.get().state == "active"


# The command ----------------------------------------------------------------------------------


def test_command_reports_what_a_person_can_read(issued: ClaimedKey, proxy: Proxy) -> None:
    plant(proxy, "key_nobody_knows")
    out = StringIO()
    call_command("reconcile", "--dry-run", "--issuer", CAMPUS, stdout=out)
    assert "campus: 1 keys expected, 2 listed." in out.getvalue()
    assert "1 at the gateway, but not expected" in out.getvalue()
    assert "key_nobody_knows" in out.getvalue()
    assert "Nothing was changed." in out.getvalue()


def test_command_says_which_could_not_be_compared(proxy: Proxy) -> None:
    proxy.fault = lambda path: "fail"
    err = StringIO()
    with pytest.raises(CommandError, match="Not compared: campus"):
        call_command("reconcile", stderr=err)
    assert "campus can't do this at the moment (status 500)" in err.getvalue()


def test_command_without_gateways_says_so(settings: Settings, db: None) -> None:
    out = StringIO()
    call_command("reconcile", stdout=out)
    assert "nothing to compare" in out.getvalue()


def test_an_alias_that_names_another_key_has_nothing_of_theirs_deleted(proxy: Proxy) -> None:
    """Users there choose aliases and metadata: one takes another's token for their alias."""
    victim, own = "b" * 64, "c" * 64
    plant(proxy, "somebody-else", site="nobody", token=victim)
    plant(proxy, victim, token=own)
    compare()
    sweep_to_the_end()
    assert set(proxy.keys) == {victim}


ODD: dict[str, object] = {
    "key_alias": "x" * 5000,
    "rpm_limit": 10**40,
    "models": ["a\0b"],
    "max_budget": 1e300,
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_key_of_somebody_keeps_no_comparison_from_its_end(
    issued: ClaimedKey, proxy: Proxy, name: str
) -> None:
    plant(proxy, "odd", token="d" * 64)
    proxy.keys["d" * 64][name] = ODD[name]
    assert counts(compare()) == {"extra": 1}
    sweep_to_the_end()
    assert proxy.aliases == should_be_there()
