"""A budget that is used up: it shows, it leads on, and it is off that of a new key elsewhere."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.keys import (
    external_keys,
    key_revocation,
    keys,
    reconciliation,
    usage_reports,
)
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.keys.usage_reports import UsageEntry
from requests_app.issuers import get_issuer
from requests_app.models import AccessRequest, Grant, Key, ServiceToken, Usage
from requests_app.refusals import Invalid, WrongState
from tests.api.test_oauth import make
from tests.issuers.test_external_keys import issued, proxy
from tests.support.fake_litellm import Proxy
from tests.support.issuer_processes import CAMPUS
from tests.support.page_client import Browser, page

__all__ = ["issued", "proxy"]
pytestmark = pytest.mark.django_db

USD = 1_000_000


def spend(key: Key, usd: int) -> None:
    Usage.objects.create(
        key=key, ai_model=AIModel.objects.get(), day=timezone.now().date(), cost=usd * USD
    )


@pytest.fixture
def spent(claimed: ClaimedKey) -> Grant:
    Grant.objects.update(spend_cap=5)
    spend(claimed.key, 5)
    return claimed.key.grant


def test_a_spent_budget_shows_wherever_the_access_does(spent: Grant, alice: User) -> None:
    browser = Browser(alice)
    for address in ("/access/", f"/access/{spent}/"):
        assert "budget used up" in page(browser.get(address))
    assert "has used up its 5 USD" in page(browser.get(f"/access/{spent}/"))
    shown = page(browser.get(f"/models/{AIModel.objects.get().identifier}/"))
    assert "has used up its budget" in shown
    Usage.objects.update(cost=5 * USD - 1)
    assert "used up" not in page(browser.get(f"/access/{spent}/"))


def test_a_spent_budget_leads_to_a_request_for_more(spent: Grant, alice: User) -> None:
    browser = Browser(alice)
    assert (
        "End access and request more</button>" in browser.get(f"/access/{spent}/").content.decode()
    )
    sent = browser.post(f"/access/{spent}/end/", {"ask_again": "1"})
    assert sent["Location"] == f"/requests/new/?continues={spent}"
    assert browser.get(sent["Location"]).status_code == 200
    asked = browser.post("/requests/new/", {"continues": str(spent)}, follow=True)
    assert asked.status_code == 200
    assert AccessRequest.objects.get(continues=spent).state == "draft"


def test_no_key_is_made_for_a_spent_budget(spent: Grant, alice: User) -> None:
    key_revocation.revoke(Key.objects.get(), by=alice)
    with pytest.raises(WrongState, match="used up its budget"):
        keys.claim(spent, by=alice)
    shown = page(Browser(alice).get(f"/access/{spent}/"))
    assert "Create key This access has used up its budget" in shown


def test_what_was_spent_is_off_the_budget_of_a_new_key_elsewhere(
    proxy: Proxy, claimed: ClaimedKey, alice: User
) -> None:
    Grant.objects.update(spend_cap=50)
    spend(claimed.key, 20)
    key_revocation.revoke(claimed.key, by=alice)
    made = keys.claim(claimed.key.grant, by=alice).key
    [there] = (each for each in proxy.keys.values() if each["key_alias"] == made.public_id)
    assert there["max_budget"] == 30
    spend(made, 10)  # what it spent there the other gateway counts
    there["spend"] = 10
    report = reconciliation.reconcile(get_issuer(CAMPUS), now=timezone.now())
    assert report.differences == 0


def test_a_budget_that_gets_used_up_blocks_the_key_elsewhere(
    issued: ClaimedKey, proxy: Proxy, opus: AIModel
) -> None:
    Grant.objects.update(spend_cap=5)
    token: ServiceToken = make("usage.report").token
    today = datetime.now(UTC).date()
    for number, usd in enumerate((4, 1)):
        entry = UsageEntry(issued.key.public_id, opus.identifier, today, 1, 1, usd * USD)
        usage_reports.report([entry], batch_id=f"b-{number}", sender=token)
        external_keys.verify_due(CAMPUS, now=timezone.now())
        [there] = proxy.keys.values()
        assert there["blocked"] == (number == 1)
    assert reconciliation.reconcile(get_issuer(CAMPUS), now=timezone.now()).differences == 0


def test_what_a_key_spends_through_our_check_is_off_its_budget_elsewhere(
    issued: ClaimedKey, proxy: Proxy, opus: AIModel
) -> None:
    """And ordinary use is no difference: the other gateway hears of it at once."""
    Grant.objects.update(spend_cap=50)
    token: ServiceToken = make("usage.report").token
    entry = UsageEntry(issued.key.public_id, opus.identifier, None, 1, 1, 10 * USD)
    [there] = proxy.keys.values()
    there["spend"] = 4.0
    usage_reports.report([entry], batch_id="b-1", sender=token)
    external_keys.verify_due(CAMPUS, now=timezone.now())
    [there] = proxy.keys.values()
    assert there["max_budget"] == 44
    assert reconciliation.reconcile(get_issuer(CAMPUS), now=timezone.now()).differences == 0


@pytest.mark.parametrize("is_own", [True, False])
def test_full_rows_of_use_stop_no_comparison(
    issued: ClaimedKey, proxy: Proxy, bob: User, is_own: bool
) -> None:
    """Each holds the highest number there is; together they are more than a bigint."""
    Grant.objects.update(spend_cap=5)
    key = issued.key
    if not is_own:
        key = Key.objects.create(
            **{name: getattr(key, name) for name in ("grant", "pepper", "last_four", "created_at")},
            holder=bob, digest=b"other", networks=[], expires_at=key.expires_at,
        )  # fmt: skip
    for days in (0, 1):
        day = timezone.now().date() - timedelta(days=days)
        Usage.objects.create(key=key, ai_model=AIModel.objects.get(), day=day, cost=2**63 - 1)
    [there] = proxy.keys.values()
    there["blocked"] = True
    assert reconciliation.reconcile(get_issuer(CAMPUS), now=timezone.now()).differences == 0


def test_what_a_gateway_does_not_keep_is_said_before_a_key_is_made(
    proxy: Proxy, grant: Grant, alice: User
) -> None:
    shown = page(Browser(alice).get(f"/access/{grant}/"))
    assert f"Your key also works at {CAMPUS}" in shown
    Grant.objects.update(operations=["messages"], tokens_per_day=9)
    shown = page(Browser(alice).get(f"/access/{grant}/"))
    assert "which doesn't check the types of call, tokens per day" in shown


def test_a_key_bound_to_networks_is_replaced_by_hand_once_another_gateway_serves_its_model(
    grant: Grant, alice: User, request: pytest.FixtureRequest
) -> None:
    key = keys.claim(grant, by=alice, networks=["192.0.2.0/24"]).key
    request.getfixturevalue("proxy")
    sentence = "Revoke it and create one without networks."
    with pytest.raises(WrongState, match=sentence):
        keys.rotate(key, by=alice)
    assert sentence in page(Browser(alice).get(f"/access/{grant}/"))
    out = StringIO()
    call_command("reconcile", stdout=out)
    assert key.public_id in out.getvalue()


def test_a_key_bound_to_networks_is_not_made_where_they_are_not_checked(
    proxy: Proxy, grant: Grant, alice: User
) -> None:
    with pytest.raises(Invalid, match="which doesn't check networks"):
        keys.claim(grant, by=alice, networks=["192.0.2.0/24"])
    assert not Key.objects.exists()
    assert not proxy.asked
