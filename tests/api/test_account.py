"""One's own account in the API: profile, data, deletion, what one follows."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.models import BulkRevocation, Follow, Key, StoredAnswer
from tests.conftest import PASSWORD
from tests.support.api_client import API, OPUS, Api, problem_of
from tests.support.authenticator import sign_in

pytestmark = pytest.mark.django_db

PROFILE, EXPORT, DELETE = (f"{API}/me/{name}/" for name in ("profile", "export", "delete"))
FOLLOWING = f"{API}/me/following/"
MERGE_PATCH = "application/merge-patch+json"


def confirmed(person: User) -> Api:
    """Signed in, and has just entered the password once more."""
    browser, api = Client(), Api()
    sign_in(person, browser)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    api.cookies = browser.cookies
    return api


# Profile ----------------------------------------------------------------------------------------


def test_profile_is_sent_back_as_it_was_read(alice: User) -> None:
    api = Api(alice)
    shown = api.get(PROFILE).json()
    assert api.put(PROFILE, shown).json() == shown
    new = {"full_name": "Alice A.", "institution": "ETH", "country": "CH", "language": "de"}
    changed = api.put(PROFILE, shown | new).json()
    assert changed == shown | new == api.get(PROFILE).json()
    alice.refresh_from_db()
    assert (alice.full_name, str(alice.institution)) == ("Alice A.", "ETH")


def test_patch_of_a_profile_leaves_the_rest(alice: User) -> None:
    before = Api(alice).get(PROFILE).json()
    body = '{"country": "CH", "institution": null}'
    changed = Api(alice).patch(PROFILE, body, content_type=MERGE_PATCH).json()
    assert changed == before | {"country": "CH", "institution": ""}


@pytest.mark.parametrize(("name", "value"), [
    ("full_name", ""), ("orcid", "0000"), ("country", "XX"), ("time_zone", "Mars"),
    ("language", "xx"), ("full_name", "a" * 151),
])  # fmt: skip
def test_profile_refuses_what_the_page_refuses(alice: User, name: str, value: str) -> None:
    body = Api(alice).get(PROFILE).json() | {name: value}
    answer = Api(alice).put(PROFILE, body)
    assert set(problem_of(answer, answer.status_code)["errors"]) == {name}
    assert answer.status_code in (400, 422)


def test_verified_orcid_stays(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(
        orcid="0000-0002-1825-0097", orcid_verified_at=timezone.now()
    )
    api = Api(User.objects.get(pk=alice.pk))
    shown = api.get(PROFILE).json()
    assert set(problem_of(api.put(PROFILE, shown | {"orcid": ""}), 422)["errors"]) == {"orcid"}
    assert api.put(PROFILE, shown).json() == shown


def test_changes_of_institution_are_paced_as_on_the_page(alice: User, settings: Settings) -> None:
    settings.INSTITUTIONS_PER_HOUR = 1
    api = Api(alice)
    shown = api.get(PROFILE).json()
    assert api.put(PROFILE, shown | {"institution": "One"}).status_code == 200
    problem_of(api.put(PROFILE, shown | {"institution": "Two"}), 429)


# Data and deletion ------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), [("get", EXPORT), ("post", DELETE)])
def test_leaving_needs_a_person_who_has_just_confirmed(alice: User, method: str, path: str) -> None:
    problem = problem_of(getattr(Api(alice), method)(path), 403)
    assert problem["type"].endswith("#recent-sign-in")
    assert problem["confirm_at"].endswith("/accounts/reauthenticate/")
    alice.refresh_from_db()
    assert alice.is_active


def test_export_is_what_the_account_page_gives(claimed: ClaimedKey, alice: User) -> None:
    api = confirmed(alice)
    answer, page = api.get(EXPORT), api.get("/account/export/")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert set(answer.json()) == set(page.json())
    assert answer.json()["profile"]["email"] == alice.email
    assert claimed.secret not in answer.content.decode()


def test_deletion_takes_the_typed_address(claimed: ClaimedKey, alice: User) -> None:
    api = confirmed(alice)
    assert set(problem_of(api.post(DELETE, {"email": "x@example.org"}), 422)["errors"]) == {"email"}
    gone: Any = api.post(DELETE, {"email": alice.email.upper()})
    assert gone.json() == {"receipt": BulkRevocation.objects.get().public_id}
    assert Key.objects.get().state == "revoked"
    problem_of(api.get(PROFILE), 401)
    assert not User.objects.get(pk=alice.pk).is_active


def test_deletion_with_a_key_is_not_repeated(alice: User) -> None:
    api = confirmed(alice)
    key = {"Idempotency-Key": "delete-my-account"}
    assert api.post(DELETE, {"email": alice.email}, headers=key).status_code == 200
    problem_of(api.post(DELETE, {"email": alice.email}, headers=key), 401)
    assert not StoredAnswer.objects.exists()


# Following --------------------------------------------------------------------------------------


def test_what_is_followed_is_listed_until_it_is_removed(opus: AIModel, alice: User) -> None:
    api = Api(alice)
    platform = opus.retirements.get().platform
    bodies: tuple[dict[str, str], ...] = (
        {"model": OPUS},
        {"provider": opus.provider.slug},
        {"platform": platform},
    )
    assert [api.post(FOLLOWING, body).status_code for body in (*bodies, bodies[0])] == [201] * 4
    rows = api.get(FOLLOWING).json()["results"]
    found = [{name: row[name] for name in ("model", "provider", "platform")} for row in rows]
    assert found == [
        {"model": None, "provider": None, "platform": None} | body for body in reversed(bodies)
    ]
    removed = [api.post(f"{FOLLOWING}remove/", bodies[0]).json() for _ in range(2)]
    assert removed == [{"was_followed": True}, {"was_followed": False}]
    assert Follow.objects.filter(person=alice).count() == 2


@pytest.mark.parametrize(("body", "status", "name"), [
    ({}, 400, ""), ({"model": OPUS, "platform": "x"}, 400, ""), ({"model": "none"}, 422, "model"),
    ({"provider": "none"}, 422, "provider"), ({"platform": "None"}, 422, "platform"),
])  # fmt: skip
def test_only_what_the_catalogue_has_is_followed(
    opus: AIModel, alice: User, body: dict[str, str], status: int, name: str
) -> None:
    assert set(problem_of(Api(alice).post(FOLLOWING, body), status)["errors"]) == {name}
