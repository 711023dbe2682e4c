"""How often one person and one address may send, make keys and report; the way back from errors."""

from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Grant, Key
from tests.support.api_client import API, Api, problem_of
from tests.support.page_client import Browser, fill, page

pytestmark = pytest.mark.django_db

NOBODY_THERE = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def slow(settings: Settings) -> None:
    settings.SUBMISSIONS_PER_HOUR = settings.KEYS_PER_HOUR = 1


def tries(answers: list[Any]) -> list[int]:
    return [answer.status_code for answer in answers]


def test_sending_too_often_is_told_when_to_try_again(draft: AccessRequest, alice: User) -> None:
    browser, address = Browser(alice), f"/requests/{draft}/submit/"
    assert browser.post(address).status_code == 302
    refused = browser.post(address, headers={"Referer": f"http://testserver/requests/{draft}/"})
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert "Try again in" in page(refused)
    assert f'<a href="/requests/{draft}/">Go back to the previous page' in refused.content.decode()


def test_sending_counts_and_saving_a_page_does_not(draft: AccessRequest, alice: User) -> None:
    browser = Browser(alice)
    assert tries([fill(browser, draft, "purpose") for _ in range(3)]) == [302] * 3
    assert browser.post(f"/requests/{draft}/submit/").status_code == 302
    assert browser.post(f"/requests/{draft}/submit/").status_code == 429


def test_files_that_are_refused_count_too(
    draft: AccessRequest, alice: User, settings: Settings
) -> None:
    settings.UPLOADS_PER_HOUR = 2
    browser, address = Browser(alice), f"/requests/{draft}/files/"
    sent = [
        browser.post(address, {"file": SimpleUploadedFile("plan.pdf", b"none")}) for _ in range(3)
    ]
    assert tries(sent) == [422, 422, 429]


def test_claims_by_page_and_by_api_share_one_count(
    grant: Grant, alice: User, settings: Settings
) -> None:
    settings.KEYS_PER_HOUR = 1
    assert Browser(alice).post(f"/access/{grant}/claim/").status_code == 200
    refused = Api(alice).post(f"{API}/grants/{grant}/claim/", {})
    assert problem_of(refused, 429)["type"].endswith("/problems/#too-often")
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert Key.objects.count() == 1


def test_others_at_one_address_go_on_until_it_is_too_many(
    draft: AccessRequest, alice: User, bob: User, eve: User
) -> None:
    address = f"/requests/{draft}/submit/"
    assert tries([Browser(alice).post(address) for _ in range(5)]) == [302, *[429] * 4]
    assert Browser(bob).post(address).status_code == 429
    assert Browser(eve, REMOTE_ADDR="203.0.113.9").post(address).status_code == 404


def test_without_the_cache_a_process_counts_alone(
    draft: AccessRequest, alice: User, settings: Settings
) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "lifecycle.config.cache.FallbackCache", "LOCATION": NOBODY_THERE}
    }
    settings.SUBMISSIONS_PER_HOUR = 4
    cache.clear()
    address = f"/requests/{draft}/submit/"
    assert tries([Browser(alice).post(address) for _ in range(3)]) == [302, 302, 429]


@pytest.mark.parametrize("came_from", ["https://evil.example/a", "//evil.example", "javascript:1"])
def test_the_way_back_never_leaves_the_site(client: Client, came_from: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    shown = browser.post("/report-a-key/", headers={"Referer": came_from})
    assert shown.status_code == 403
    assert "evil" not in shown.content.decode()
    assert "Back to" not in page(shown)
