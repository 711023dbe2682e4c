"""Leaked keys: whoever can show one has it revoked, and learns nothing by it."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import key_format
from requests_app.actions.keys import key_revocation, keys, leaks
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Event, Key, Notice
from requests_app.refusals import Invalid
from tests.config.test_valkey_outages import NOBODY_THERE
from tests.conftest import ask_for
from tests.support.api_client import API, problem_of
from tests.support.page_client import Browser, assert_nothing_inline, page

pytestmark = pytest.mark.django_db

PAGE, DOOR = "/report-a-key/", f"{API}/leaked-keys/"
UNKNOWN = key_format.with_checksum("emk_" + "0" * 30)


def report(client: Client, *found: str) -> Any:
    return client.post(DOOR, json.dumps({"keys": found}), content_type="application/json")


def test_report_revokes_the_key_at_once(claimed: ClaimedKey, client: Client, alice: User) -> None:
    assert report(client, "x", UNKNOWN, f'KEY = "{claimed.secret}"').status_code == 204
    key = Key.objects.get()
    assert (key.state, key.revoked_by) == ("revoked", None)
    event = Event.objects.get(kind="key.revoked")
    assert (event.actor, event.details["reason"]) == (None, "Reported as leaked.")
    assert Notice.objects.get(template="key_leaked").recipient == alice
    assert not Notice.objects.filter(template="key_revoked").exists()
    call_command("audit", "verify", verbosity=0)


def test_the_page_revokes_without_signing_in(claimed: ClaimedKey) -> None:
    browser = Browser(enforce_csrf_checks=True)
    shown = browser.get(PAGE)
    assert_nothing_inline(shown)
    assert 'type="password"' in shown.content.decode()
    token = browser.cookies["csrf"].value
    sent = {"key": f" {claimed.secret}\n", "csrfmiddlewaretoken": token}
    assert "it no longer works" in page(browser.post(PAGE, sent, follow=True))
    assert Key.objects.get().state == "revoked"


def test_the_page_needs_its_own_form(claimed: ClaimedKey) -> None:
    answer = Client(enforce_csrf_checks=True).post(PAGE, {"key": claimed.secret})
    assert answer.status_code == 403
    assert Key.objects.get().state == "active"


def answer_of(response: Any) -> tuple[Any, ...]:
    """All that somebody could tell two answers apart by, but for what counts and numbers calls."""
    left_out = ("Set-Cookie", "X-Request-Id", "RateLimit")
    headers = {name: value for name, value in response.items() if name not in left_out}
    return response.status_code, headers, response.content


def test_every_text_gets_the_same_answer(claimed: ClaimedKey) -> None:
    texts = [claimed.secret, claimed.secret, UNKNOWN, claimed.secret[:-1] + "!", "é" * 40]
    assert len({str(answer_of(report(Client(), text))) for text in texts}) == 1
    like_keys = [claimed.secret, claimed.secret, UNKNOWN, UNKNOWN[:-1] + "z"]
    pages = [Client().post(PAGE, {"key": text}, follow=True) for text in like_keys]
    assert len({page(shown) for shown in pages}) == 1


def test_text_without_a_key_is_told_from_a_report_and_never_quoted(claimed: ClaimedKey) -> None:
    shown = Client().post(PAGE, {"key": claimed.secret[:-1]})
    assert shown.status_code == 422
    assert "We couldn't find a complete key." in page(shown)
    assert claimed.secret[:-1] not in shown.content.decode()
    assert Key.objects.get().state == "active"


@pytest.mark.parametrize("text", [UNKNOWN, "nothing like a key", UNKNOWN[:-1] + "z"])
def test_every_unknown_text_costs_the_same_look_ups(text: str, db: None) -> None:
    with CaptureQueriesContext(connection) as seen:
        leaks.report([text])
    assert [query["sql"].split()[0] for query in seen] == ["SELECT", "SELECT"]


def test_report_of_a_key_refused_already_changes_nothing(
    claimed: ClaimedKey, client: Client, alice: User
) -> None:
    key_revocation.revoke(claimed.key, by=alice)
    before = Event.objects.count()
    assert report(client, claimed.secret).status_code == 204
    assert Event.objects.count() == before


def test_one_key_that_fails_leaves_the_others_to_be_revoked(
    claimed: ClaimedKey, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_revocation.revoke(claimed.key, by=alice)
    second = keys.claim(claimed.key.grant, by=alice)
    real = key_revocation.revoke_reported

    def fail_first(key: Key, **details: Any) -> bool:
        if key.pk == claimed.key.pk:
            raise OSError("the disk is full")
        return real(key, **details)

    monkeypatch.setattr(key_revocation, "revoke_reported", fail_first)
    with pytest.raises(OSError, match="the disk is full"):
        leaks.report([claimed.secret, second.secret])
    assert Key.objects.get(pk=second.key.pk).state == "revoked"


def test_report_takes_at_most_a_hundred(client: Client, db: None) -> None:
    assert report(client, *[UNKNOWN] * 100).status_code == 204
    errors = problem_of(report(client, *[UNKNOWN] * 101), 400)["errors"]
    assert errors == {"keys": ["Ensure this field has no more than 100 elements."]}


def test_too_many_reports_from_one_address_wait(
    client: Client, settings: Settings, db: None
) -> None:
    settings.LEAK_REPORTS_PER_MINUTE = 2
    assert [report(client, UNKNOWN).status_code for _ in range(3)] == [204, 204, 429]
    refused = report(client, UNKNOWN)
    assert problem_of(refused, 429)["title"] == "Too many attempts"
    assert 0 < int(refused["Retry-After"]) <= 60
    assert client.post(PAGE, {"key": UNKNOWN}).status_code == 429
    assert report(Client(REMOTE_ADDR="203.0.113.9"), UNKNOWN).status_code == 204


def test_a_report_goes_on_without_the_cache(
    claimed: ClaimedKey, client: Client, settings: Settings
) -> None:
    settings.LEAK_REPORTS_PER_MINUTE = 4
    settings.CACHES = {
        "default": {"BACKEND": "lifecycle.config.cache.FallbackCache", "LOCATION": NOBODY_THERE}
    }
    cache.clear()
    assert report(client, UNKNOWN).status_code == 204
    assert report(client, claimed.secret).status_code == 204
    assert report(client, UNKNOWN).status_code == 429
    assert Key.objects.get().state == "revoked"


@pytest.mark.parametrize("address", ["/models/{}/", "/access/?next={}", "/nope?a=b&c=%22{}%22"])
def test_a_key_in_an_address_is_refused_and_never_quoted(address: str, client: Client) -> None:
    answer = client.get(address.format(UNKNOWN))
    assert answer.status_code == 400
    assert UNKNOWN not in answer.content.decode() + str(answer.headers)
    assert "Treat it as leaked" in page(answer)
    assert_nothing_inline(answer)


def test_a_key_in_an_address_of_the_api_is_refused_with_a_problem(client: Client) -> None:
    answer = client.get(f"{API}/grants/{UNKNOWN}/")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "Revoke this key" in answer.json()["detail"]
    assert answer.json()["instance"] == f"/api/v1/grants/emk_%E2%80%A6{UNKNOWN[-4:]}/"


def test_a_key_as_the_name_of_a_field_is_never_quoted(client: Client, db: None) -> None:
    answer = client.post(DOOR, json.dumps({UNKNOWN: 1}), content_type="application/json")
    assert UNKNOWN not in answer.content.decode()
    assert problem_of(answer, 400)["errors"]["emk_…" + UNKNOWN[-4:]]


def test_a_key_in_a_reason_is_not_kept(claimed: ClaimedKey, alice: User) -> None:
    key_revocation.revoke(claimed.key, by=alice, reason=f"Others have {claimed.secret}.")
    reason = Event.objects.get(kind="key.revoked").details["reason"]
    assert reason == f"Others have emk_…{claimed.key.last_four}."


def test_a_key_in_a_purpose_is_refused(draft: AccessRequest, opus: AIModel, alice: User) -> None:
    ask = ask_for(opus, purpose=f"As with {UNKNOWN}.")
    with pytest.raises(Invalid, match="This text contains a key"):
        requests.save(ask, by=alice, access_request=draft)
