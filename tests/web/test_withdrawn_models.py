"""A model that was withdrawn: nobody reads that they have access to it, and what ends is said."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.grants import suspensions
from requests_app.actions.keys import keys
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import AccessRequest, Grant
from tests.support.page_client import Browser, page

pytestmark = pytest.mark.django_db


def withdrawn(days: int) -> None:
    AIModel.objects.update(withdrawn_at=timezone.now() + timedelta(days=days))


def test_a_withdrawn_models_page_says_that_no_key_reaches_it(
    grant: Grant, opus: AIModel, alice: User
) -> None:
    withdrawn(-1)
    shown = page(Browser(alice).get(f"/models/{opus.identifier}/"))
    assert "No key can use it, including yours." in shown
    assert "You have access" not in shown


def test_access_pages_say_that_a_model_is_withdrawn(grant: Grant, alice: User) -> None:
    withdrawn(-1)
    lines, one = (page(Browser(alice).get(f"/access/{part}")) for part in ("", f"{grant}/"))
    assert "Claude Opus 3 is withdrawn" in lines
    assert "create your key" not in lines
    assert "Claude Opus 3 was permanently withdrawn on" in one
    assert "No key can use it." in one


def test_pages_say_until_when_a_model_can_be_reached(
    grant: Grant, opus: AIModel, alice: User
) -> None:
    withdrawn(5)
    browser = Browser(alice)
    assert "until it is withdrawn on" in page(browser.get(f"/models/{opus.identifier}/"))
    assert "Claude Opus 3 until" in page(browser.get("/access/"))
    assert "No key can use it from then on." in page(browser.get(f"/access/{grant}/"))


def test_the_api_says_which_models_a_grant_and_a_key_no_longer_reach(
    claimed: ClaimedKey, alice: User
) -> None:
    browser = Browser(alice)
    grant, key = claimed.key.grant, claimed.key
    assert browser.get(f"/api/v1/grants/{grant}/").json()["withdrawals"] == []
    withdrawn(-1)
    told = browser.get(f"/api/v1/grants/{grant}/").json()
    assert [one["model"] for one in told["withdrawals"]] == ["claude-3-opus-20240229"]
    assert told["keys"][0]["withdrawals"] == told["withdrawals"]
    revoked = browser.post(
        f"/api/v1/keys/{key.public_id}/revoke/", {}, content_type="application/json"
    )
    assert revoked.json()["withdrawals"] == told["withdrawals"]
    model = browser.get("/api/v1/models/claude-3-opus-20240229/").json()
    assert model["withdrawn_at"] == told["withdrawals"][0]["withdrawn_at"]
    assert (model["by_request"], model["policy"]) == (False, None)


@pytest.mark.parametrize(
    ("days", "said"), [(-1, "no key can use it any more"), (5, "no key can use it from then on")]
)
def test_the_desk_says_that_a_grants_model_is_withdrawn(
    days: int, said: str, grant: Grant, pat: User
) -> None:
    withdrawn(days)
    browser = Browser(pat)
    assert said in page(browser.get(f"/admin/requests_app/grant/{grant.pk}/change/"))
    listed = page(browser.get("/admin/requests_app/grant/"))
    assert ("Claude Opus 3 (withdrawn)" in listed) == (days < 0)


@pytest.mark.parametrize(
    ("days", "said"),
    [(-1, "and can no longer be granted."), (5, "No key can use it from then on.")],
)
def test_pages_of_an_open_request_say_that_its_model_is_withdrawn(
    draft: AccessRequest, opus: AIModel, alice: User, days: int, said: str
) -> None:
    withdrawn(days)
    browser = Browser(alice)
    model = page(browser.get(f"/models/{opus.identifier}/"))
    assert (
        "which will be withdrawn on" if days > 0 else "your open request can no longer include it"
    ) in model
    assert said in page(browser.get(f"/requests/{draft}/"))


def test_no_key_is_called_active_that_reaches_no_model(grant: Grant, alice: User) -> None:
    four = keys.claim(grant, by=alice).key.last_four
    withdrawn(-1)
    lines, one = (page(Browser(alice).get(f"/access/{part}")) for part in ("", f"{grant}/"))
    assert f"Key …{four}: no models available" in lines
    assert "No models available" in one
    assert "Works until" not in one


def test_list_says_that_keys_of_a_suspended_access_are_refused(
    grant: Grant, alice: User, pat: User
) -> None:
    four = keys.claim(grant, by=alice).key.last_four
    suspensions.suspend(grant, by=pat, reason="We look into it.")
    assert f"Key …{four}: temporarily refused" in page(Browser(alice).get("/access/"))


def test_key_works_until_the_last_of_its_models_is_withdrawn(grant: Grant, alice: User) -> None:
    keys.claim(grant, by=alice)
    withdrawn(5)
    shown = page(Browser(alice).get(f"/access/{grant}/"))
    day = timezone.now() + timedelta(days=5)
    assert f"Works until {day:%-d %B %Y}" in shown


def test_no_more_time_is_offered_where_no_model_is_left(grant: Grant, alice: User) -> None:
    keys.claim(grant, by=alice)
    withdrawn(-1)
    shown = page(Browser(alice).get(f"/access/{grant}/"))
    assert "Its models were withdrawn, so you can't request more time." in shown
    assert "You can request more time" not in shown
