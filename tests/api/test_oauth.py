"""RFC 7662 introspection and RFC 7009 revocation, as a client sees them."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import key_format
from requests_app.actions.keys import key_revocation, service_tokens
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.keys.service_tokens import NewToken
from requests_app.models import Event, Grant, Key, ServiceToken, Usage

pytestmark = pytest.mark.django_db

INTROSPECT, REVOKE = "/oauth/introspect", "/oauth/revoke"
INACTIVE = {"active": False}


def make(*permissions: str) -> NewToken:
    ada = User.objects.filter(is_superuser=True).first()
    ada = ada or User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    end = timezone.now() + timedelta(days=9)
    return service_tokens.create(
        "Front gate", owner=ada, permissions=permissions, expires_at=end, by=ada
    )


@pytest.fixture
def gate(db: None) -> NewToken:
    return make("keys.introspect", "keys.revoke")


def basic(new: NewToken) -> str:
    pair = f"{quote_plus(new.token.public_id)}:{quote_plus(new.secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def post(url: str, authorization: str | None, body: str = "", **form: str) -> Any:
    body = body or "&".join(f"{name}={quote_plus(value)}" for name, value in form.items())
    headers = {"Authorization": authorization} if authorization else {}
    kind = "application/x-www-form-urlencoded"
    return Client(enforce_csrf_checks=True).post(url, body, content_type=kind, headers=headers)


def asked(new: NewToken, secret: str, **form: str) -> Any:
    response = post(INTROSPECT, basic(new), token=secret, **form)
    assert response.status_code == 200
    return response.json()


def test_introspect_says_what_an_active_key_is_for(
    gate: NewToken, claimed: ClaimedKey, opus: AIModel, alice: User
) -> None:
    response = post(INTROSPECT, basic(gate), token=claimed.secret, token_type_hint="access_token")
    grant = claimed.key.grant
    assert response.json() == {
        "active": True,
        "scope": "completions messages",
        "client_id": grant.public_id,
        "token_type": "Bearer",
        "exp": int(claimed.key.expires_at.timestamp()),
        "nbf": int(grant.activated_at.timestamp()),
        "sub": f"user-{alice.pk}",
        "iss": settings.SITE_URL,
        "jti": claimed.key.public_id,
        "models": [opus.identifier],
    }
    assert response["Content-Type"] == "application/json"
    assert (response["Cache-Control"], response["Pragma"]) == ("no-store", "no-cache")


CHANGES = {
    "revoked": lambda: Key.objects.update(refused_from=timezone.now()),
    "suspended": lambda: Grant.objects.update(state="suspended", suspended_at=timezone.now()),
    "not started": lambda: Grant.objects.update(activated_at=timezone.now() + timedelta(days=1)),
    "ended": lambda: Grant.objects.update(ends_at=timezone.now()),
    "holder": lambda: User.objects.update(is_active=False),
    "withdrawn": lambda: AIModel.objects.update(withdrawn_at=timezone.now()),
    "elsewhere": lambda: Key.objects.update(networks=["192.0.2.0/24"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_introspect_says_nothing_of_an_inactive_key_but_that(
    gate: NewToken, claimed: ClaimedKey, change: str
) -> None:
    assert asked(gate, claimed.secret)["active"]
    CHANGES[change]()
    User.objects.filter(is_superuser=True).update(is_active=True)
    assert asked(gate, claimed.secret) == INACTIVE


def test_introspect_of_what_is_no_key_is_inactive(gate: NewToken, claimed: ClaimedKey) -> None:
    for text in (key_format.new(), gate.secret, claimed.secret[:-1], "' OR 1=1 --", "x" * 9999):
        assert asked(gate, text) == INACTIVE


def test_introspect_takes_the_address_that_the_client_saw(
    gate: NewToken, claimed: ClaimedKey
) -> None:
    Key.objects.update(networks=["192.0.2.0/24"])
    answers = [asked(gate, claimed.secret, address=ip) for ip in ("192.0.2.7", "198.51.100.7")]
    assert [answer["active"] for answer in answers] == [True, False]


def test_introspect_of_a_spent_grant_is_inactive(
    gate: NewToken, claimed: ClaimedKey, opus: AIModel
) -> None:
    Grant.objects.update(spend_cap=1)
    day = datetime.now(UTC).date()
    Usage.objects.create(key=claimed.key, ai_model=opus, day=day, cost=1_000_000)
    assert asked(gate, claimed.secret) == INACTIVE


def test_introspect_counts_no_call(gate: NewToken, claimed: ClaimedKey) -> None:
    Grant.objects.update(requests_per_minute=1, requests_per_day=1)
    assert all(asked(gate, claimed.secret)["active"] for _ in range(3))
    assert not Usage.objects.exists()


# Who may ask ----------------------------------------------------------------------------------


def ended() -> None:
    made = timezone.now() - timedelta(days=9)
    ServiceToken.objects.update(created_at=made, expires_at=made + timedelta(days=1))


WAYS_IN = ("basic", "form", "bearer")


def come(way: str, new: NewToken, url: str, secret: str) -> Any:
    if way == "form":
        credentials = {"client_id": new.token.public_id, "client_secret": new.secret}
        return post(url, None, token=secret, **credentials)
    header = basic(new) if way == "basic" else f"Bearer {new.secret}"
    return post(url, header, token=secret)


@pytest.mark.parametrize("way", WAYS_IN)
def test_client_comes_in_with_a_token_that_has_the_permission(
    gate: NewToken, claimed: ClaimedKey, way: str
) -> None:
    assert come(way, gate, INTROSPECT, claimed.secret).json()["active"]
    response = come(way, make("read"), INTROSPECT, claimed.secret)
    assert (response.status_code, response.json()["error"]) == (403, "unauthorized_client")


@pytest.mark.parametrize("way", WAYS_IN)
@pytest.mark.parametrize("url", [INTROSPECT, REVOKE])
def test_client_is_turned_away_without_a_token_in_force(
    gate: NewToken, claimed: ClaimedKey, way: str, url: str
) -> None:
    ended()
    response = come(way, gate, url, claimed.secret)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response["WWW-Authenticate"].startswith("Bearer" if way == "bearer" else "Basic")
    assert response["Cache-Control"] == "no-store"
    assert Key.objects.get().state == "active"


@pytest.mark.parametrize(
    "authorization", [None, "Basic", "Basic eDp5", "Basic %%%", "Bearer x", "Digest x", "Bearer "]
)
def test_client_that_nobody_knows_is_turned_away(
    claimed: ClaimedKey, authorization: str | None
) -> None:
    for url in (INTROSPECT, REVOKE):
        response = post(url, authorization, token=claimed.secret)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_client_with_the_id_of_another_is_turned_away(gate: NewToken, claimed: ClaimedKey) -> None:
    other = make("keys.introspect")
    crossed = NewToken(other.token, gate.secret)
    assert post(INTROSPECT, basic(crossed), token=claimed.secret).status_code == 401


def test_request_that_is_not_as_the_rfcs_have_it_is_invalid(gate: NewToken) -> None:
    for url in (INTROSPECT, REVOKE):
        for body in ("", "token=", "token=a&token=b", "token=a&address=1&address=2"):
            response = post(url, basic(gate), body or "x=y")
            assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
        json = Client().post(url, {}, "application/json", headers={"Authorization": basic(gate)})
        assert (json.status_code, json.json()["error"]) == (400, "invalid_request")
        assert Client().get(url, headers={"Authorization": basic(gate)}).status_code == 405
        twice = post(url, basic(gate), token="a", client_id="b", client_secret="c")
        assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")


# Revocation -----------------------------------------------------------------------------------


def test_revoke_refuses_the_key_and_says_which_token_did_it(
    gate: NewToken, claimed: ClaimedKey
) -> None:
    response = post(REVOKE, basic(gate), token=claimed.secret, token_type_hint="refresh_token")
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert Key.objects.get().refused_from
    assert asked(gate, claimed.secret) == INACTIVE
    event = Event.objects.get(kind="key.revoked")
    assert event.details["token"] == gate.token.public_id
    assert claimed.secret not in str(event.details)


def test_revoke_of_an_unknown_or_revoked_key_is_done_too(
    gate: NewToken, claimed: ClaimedKey
) -> None:
    key_revocation.revoke(claimed.key, by=claimed.key.holder)
    for text in (claimed.secret, key_format.new(), "nothing"):
        assert post(REVOKE, basic(gate), token=text).status_code == 200


def test_revoke_needs_its_own_permission(claimed: ClaimedKey) -> None:
    response = post(REVOKE, basic(make("keys.introspect")), token=claimed.secret)
    assert (response.status_code, response.json()["error"]) == (403, "unauthorized_client")
    assert Key.objects.get().refused_from is None
