"""Service tokens at the API: they act as their owner, only for their permissions, and it shows."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.crypto import get_random_string

from lifecycle.config.logs import redacted
from lifecycle.people.models import User
from requests_app import key_format
from requests_app.actions.keys import service_tokens
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.api import urls
from requests_app.api.token_permissions import REQUIRED_PERMISSIONS
from requests_app.models import Event, Grant, ServiceToken, TokenPermission
from requests_app.transitions import audit_chain
from tests.conftest import person
from tests.support.api_client import API, OPUS, Api, place, problem_of

pytestmark = pytest.mark.django_db

SOME_ID = {"id": "req_0123456789abcdef"}
DAY = timedelta(days=1)
CALLS = [
    (pattern, method.upper())
    for pattern in urls.urlpatterns
    for view in [getattr(pattern.callback, "view_class", None)]
    if view and view.authentication_classes
    for method in ("get", "post", "put", "patch", "delete")
    if hasattr(view, method)
]


def with_token(owner: User, *permissions: str) -> Api:
    ada = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser(
        "ada@example.org", "", full_name="Ada"
    )
    new = service_tokens.create(
        "Robot",
        owner=owner,
        permissions=permissions or TokenPermission.values,
        expires_at=timezone.now() + DAY,
        by=ada,
    )
    return bearing(new.secret)


def bearing(secret: str) -> Api:
    api = Api(enforce_csrf_checks=True)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return api


def address_of(pattern: Any) -> str:
    route = str(pattern.pattern).strip("^$").replace(urls.IDENTIFIER, OPUS)
    route = re.sub("<int:[a-z]+>", "7", route)
    return f"{API}/" + re.sub(r"<slug:\w+>", SOME_ID["id"], route)


def test_every_call_of_the_api_has_its_line_in_the_table() -> None:
    assert {(str(pattern.name), method) for pattern, method in CALLS} == set(REQUIRED_PERMISSIONS)


def test_a_token_without_the_permission_is_told_which_it_needs(alice: User) -> None:
    without = {
        permission: with_token(alice, *(p for p in TokenPermission.values if p != permission))
        for permission in {None, *REQUIRED_PERMISSIONS.values()}
    }
    for pattern, method in CALLS:
        permission = REQUIRED_PERMISSIONS[str(pattern.name), method]
        detail = problem_of(without[permission].generic(method, address_of(pattern)), 403)["detail"]
        assert (permission.value if permission else "Service tokens can't do this") in detail, (
            pattern
        )


def test_a_token_with_all_permissions_comes_in_where_one_is_named(alice: User) -> None:
    api = with_token(alice)
    for pattern, method in CALLS:
        answer = api.generic(method, address_of(pattern))
        expected = (200, 400, 404) if REQUIRED_PERMISSIONS[str(pattern.name), method] else (403,)
        assert answer.status_code in expected, pattern


def test_token_reads_what_its_owner_reads(grant: Grant, alice: User, eve: User) -> None:
    assert with_token(alice, "read").get(f"{API}/me/").json()["email"] == alice.email
    assert with_token(alice, "read").get(place(grant)).status_code == 200
    assert with_token(alice, "read").head(place(grant)).status_code == 200
    problem_of(with_token(eve, "read").get(place(grant)), 404)


def test_token_claims_and_revokes_and_every_event_names_it(grant: Grant, alice: User) -> None:
    api = with_token(alice, "keys.claim", "keys.revoke")
    claimed = api.post(place(grant, "claim")).json()
    assert key_format.is_well_formed(claimed["secret"])
    assert api.post(f"{API}/keys/{claimed['key']['id']}/revoke/").status_code == 200
    events = Event.objects.filter(kind__startswith="key.").order_by("pk")
    token = ServiceToken.objects.get().public_id
    assert {event.details["token"] for event in events} == {token}
    assert events[0].actor == alice
    assert not list(audit_chain.problems())


def test_what_follows_a_token_in_the_same_thread_does_not_name_it(
    grant: Grant, alice: User
) -> None:
    with_token(alice, "keys.claim").post(place(grant, "claim"))
    Api(alice).post(place(grant, "end"))
    assert "token" not in Event.objects.get(kind="grant.ended").details


def test_a_policy_owners_token_revokes_keys_under_the_policy(
    claimed: ClaimedKey, pat: User, rita: User
) -> None:
    address = f"{API}/keys/{claimed.key.public_id}/revoke/"
    problem_of(with_token(rita, "keys.revoke").post(address), 404)
    answer = with_token(pat, "keys.revoke").post(address, {"reason": "Found in a log."})
    assert answer.json()["state"] == "revoked"


def test_token_goes_before_a_session(alice: User, eve: User) -> None:
    api = with_token(alice, "read")
    api.force_login(eve)
    assert api.get(f"{API}/me/").json()["email"] == alice.email


def test_token_made_with_an_older_pepper_still_works(alice: User, settings: Any) -> None:
    api = with_token(alice, "read")
    settings.KEY_PEPPERS = {**settings.KEY_PEPPERS, 99: b"n" * 32}
    assert api.get(f"{API}/me/").status_code == 200


def refused(api: Api, sentence: str) -> None:
    answer = api.get(f"{API}/me/")
    assert sentence in problem_of(answer, 401)["detail"]
    assert answer["WWW-Authenticate"] == 'Bearer realm="Emeritus", error="invalid_token"'


def test_revoked_token_is_refused(alice: User) -> None:
    api = with_token(alice)
    service_tokens.revoke(ServiceToken.objects.get(), by=alice)
    refused(api, "was revoked")


def test_token_is_refused_from_its_end(alice: User) -> None:
    api, now = with_token(alice), timezone.now()
    ServiceToken.objects.update(created_at=now - DAY, expires_at=now)
    refused(api, "expired at")


def test_token_of_somebody_not_in_good_standing_is_refused(alice: User) -> None:
    api = with_token(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    refused(api, "not in good standing")


def test_anything_else_is_no_token(claimed: ClaimedKey) -> None:
    wrong = key_format.with_checksum("ems_" + get_random_string(30))
    for secret in (claimed.secret, wrong, "ems_short", "", "é", "Ab" * 5000):
        refused(bearing(secret), "Invalid service token")


def test_no_token_is_in_the_logs(alice: User, caplog: pytest.LogCaptureFixture) -> None:
    new = service_tokens.create(
        "Robot",
        owner=person("bob"),
        permissions=["read"],
        expires_at=timezone.now() + DAY,
        by=User.objects.create_superuser("ada@example.org", "", full_name="Ada"),
    )
    with caplog.at_level(logging.DEBUG):
        bearing(new.secret).get(f"{API}/me/")
        bearing(new.secret).post(f"{API}/requests/")
    assert new.secret not in caplog.text
    assert new.secret not in redacted(f"Authorization: Bearer {new.secret}")
