"""Service tokens: for oneself or by superusers, shown once, with an end, revoked for good."""

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.actions.keys import service_tokens
from requests_app.models import ServiceToken, TokenPermission
from requests_app.refusals import Invalid, NotAllowed, WrongState
from tests.support.desk_client import signed_in, text_of

pytestmark = pytest.mark.django_db

PAGE = "/admin/requests_app/servicetoken/"
DAY = timedelta(days=1)


def in_days(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)


def made(owner: User, by: User, **changed: Any) -> service_tokens.NewToken:
    text: dict[str, Any] = {"permissions": ["read"], "expires_at": in_days(30)}
    return service_tokens.create("Nightly report", owner=owner, by=by, **{**text, **changed})


def test_create_stores_nothing_that_opens_the_api(ada: User, alice: User) -> None:
    new = made(alice, ada)
    assert new.secret.startswith("ems_")
    assert new.secret not in str(ServiceToken.objects.values().get())
    assert new.secret not in repr(new)


def test_create_keeps_the_permissions_once_and_in_order(ada: User, alice: User) -> None:
    token = made(alice, ada, permissions=["read", "keys.revoke", "read"]).token
    assert token.permissions == ["keys.revoke", "read"]


def test_create_is_for_oneself_or_by_superusers(ada: User, alice: User, pat: User) -> None:
    assert made(alice, alice).token.owner == alice
    with pytest.raises(NotAllowed, match="Only a superuser"):
        made(alice, pat)
    for beyond in ("keys.introspect", "usage.report"):  # of everybody's keys
        with pytest.raises(NotAllowed, match="Only a superuser"):
            made(alice, alice, permissions=["read", beyond])
    User.objects.filter(pk=ada.pk).update(is_active=False)
    with pytest.raises(NotAllowed, match="in good standing"):
        made(alice, ada)


@pytest.mark.parametrize(("field", "changed"), [
    ("permissions", {"permissions": []}),
    ("permissions", {"permissions": ["read", "everything"]}),
    ("expires_at", {"expires_at": in_days(-1)}),
    ("expires_at", {"expires_at": in_days(366.1)}),
])  # fmt: skip
def test_create_says_what_is_wrong(
    field: str, changed: dict[str, Any], ada: User, alice: User
) -> None:
    with pytest.raises(Invalid) as refused:
        made(alice, ada, **changed)
    assert set(refused.value.errors) == {field}


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "two\nlines"])
def test_create_wants_a_name_of_one_line(name: str, ada: User, alice: User) -> None:
    with pytest.raises(Invalid) as refused:
        service_tokens.create(
            name, owner=alice, permissions=["read"], expires_at=in_days(1), by=ada
        )
    assert set(refused.value.errors) == {"name"}


def test_create_refuses_an_owner_not_in_good_standing(ada: User, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(Invalid, match="not in good standing"):
        made(alice, ada)


def test_revoke_by_owner_or_superuser_once(ada: User, alice: User, eve: User) -> None:
    first, second = made(alice, ada).token, made(alice, ada).token
    with pytest.raises(NotAllowed, match="owner or a superuser"):
        service_tokens.revoke(first, by=eve)
    assert service_tokens.revoke(first, by=alice).revoked_by == alice
    assert service_tokens.revoke(second, by=ada).revoked_at
    with pytest.raises(WrongState, match="This token has already been revoked"):
        service_tokens.revoke(first, by=ada)


def test_rotation_makes_a_successor_that_lasts_as_long(ada: User, alice: User, eve: User) -> None:
    old = made(alice, alice).token
    with pytest.raises(NotAllowed, match="owner or a superuser"):
        service_tokens.rotate(old, by=eve)
    lost = service_tokens.rotate(old, by=alice)
    new = service_tokens.rotate(old, by=ada, overlap=timedelta(0))
    rows = {row.public_id: row for row in ServiceToken.objects.all()}
    old, first = rows[old.public_id], rows[lost.token.public_id]
    assert (old.replaced_by, first.replaced_by) == (lost.token, new.token)
    assert timedelta(hours=23) < old.expires_at - timezone.now() <= timedelta(hours=24)
    assert first.expires_at <= timezone.now() < new.token.expires_at
    assert new.token.permissions == ["read"]
    assert abs(new.token.expires_at - in_days(30)) < timedelta(minutes=1)


def test_rotation_refuses_what_no_longer_works(ada: User, alice: User) -> None:
    token = made(alice, ada).token
    with pytest.raises(Invalid) as refused:
        service_tokens.rotate(token, by=alice, overlap=timedelta(days=7, seconds=1))
    assert set(refused.value.errors) == {"overlap"}
    service_tokens.revoke(token, by=alice)
    with pytest.raises(WrongState, match="no longer works"):
        service_tokens.rotate(token, by=alice)


def test_gateway_token_is_rotated_by_superusers_alone(ada: User, alice: User) -> None:
    token = made(alice, ada, permissions=["keys.introspect"]).token
    with pytest.raises(NotAllowed, match="Only a superuser"):
        service_tokens.rotate(token, by=alice)
    assert service_tokens.rotate(token, by=ada).token.permissions == ["keys.introspect"]


def test_nobody_has_more_tokens_than_fit(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_tokens, "MAX_TOKENS", 1)
    first = made(alice, alice).token
    with pytest.raises(WrongState, match="Revoke one"):
        made(alice, alice)
    service_tokens.revoke(first, by=alice)
    assert made(alice, alice).secret


def test_last_use_is_stored_once_a_minute(alice: User) -> None:
    token = made(alice, alice).token
    for ago, is_kept in ((None, False), (timedelta(seconds=59), True), (timedelta(61), False)):
        before = None if ago is None else timezone.now() - ago
        ServiceToken.objects.update(last_used_at=before)
        token.refresh_from_db()
        service_tokens.note_use(token)
        token.refresh_from_db()
        assert (token.last_used_at == before) == is_kept


def sent(**changed: Any) -> dict[str, Any]:
    usual = {"name": "Nightly", "owner": "alice@example.org", "permissions": ["read"]}
    return {**usual, "ends_on": f"{in_days(30):%Y-%m-%d}", **changed}


def test_page_shows_the_token_once(ada: User, alice: User) -> None:
    answer = signed_in(ada).post(PAGE, sent())
    token = ServiceToken.objects.get()
    assert answer.status_code == 201
    assert f"{token.last_four}</code>" in answer.content.decode()
    markup = " ".join(answer.content.decode().split())
    assert '<button type="button" class="button" data-copies="token"' in markup
    assert "no-store" in answer["Cache-Control"]
    assert "ems_" not in text_of(signed_in(ada).get(PAGE))


@pytest.mark.parametrize(("changed", "sentence"), [
    ({"owner": "nobody@example.org"}, "No account has this address."),
    ({"permissions": []}, "This field is required."),
    ({"ends_on": f"{in_days(400):%Y-%m-%d}"}, "tokens last at most 366 days."),
])  # fmt: skip
def test_page_says_what_is_wrong(
    changed: dict[str, Any], sentence: str, ada: User, alice: User
) -> None:
    answer = signed_in(ada).post(PAGE, sent(**changed))
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert not ServiceToken.objects.exists()


def test_page_shows_staff_their_own_and_makes_no_others(ada: User, rita: User, alice: User) -> None:
    mine, other, browser = made(rita, ada).token, made(alice, ada).token, signed_in(rita)
    shown = text_of(browser.get(PAGE))
    assert mine.public_id in shown
    assert other.public_id not in shown
    assert "Superusers create those of gateways" in shown
    assert "Check whether a key is active" not in shown
    answer = browser.post(PAGE, sent())  # an owner that was put in is ignored
    assert answer.status_code == 201
    assert ServiceToken.objects.exclude(pk=mine.pk).get(owner=rita).permissions == ["read"]
    refused = browser.post(PAGE, sent(permissions=["keys.introspect"]))
    assert refused.status_code == 422
    for act in ("revoke", "rotate"):
        assert browser.post(f"{PAGE}{other.pk}/{act}/").status_code == 404


def test_page_rotates(ada: User, rita: User) -> None:
    token, browser = made(rita, ada).token, signed_in(rita)
    address = f"{PAGE}{token.pk}/rotate/"
    assert address in browser.get(PAGE).content.decode()
    answer = browser.post(address)
    token.refresh_from_db()
    assert answer.status_code == 201
    assert f"{token.replaced_by.last_four}</code>" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert address not in browser.get(PAGE).content.decode()
    assert browser.get(address).status_code == 405
    for_gateway = made(rita, ada, permissions=["usage.report"]).token
    assert f"{PAGE}{for_gateway.pk}/rotate/" not in browser.get(PAGE).content.decode()
    assert "Only a superuser" in text_of(
        browser.post(f"{PAGE}{for_gateway.pk}/rotate/", follow=True)
    )


def test_page_revokes(ada: User, alice: User) -> None:
    token, browser = made(alice, ada).token, signed_in(ada)
    address, typed = f"{PAGE}{token.pk}/revoke/", {"typed": token.name}
    assert address in browser.get(PAGE).content.decode()
    assert "is revoked" in text_of(browser.post(address, typed, follow=True))
    assert "revoked" in text_of(browser.get(PAGE))
    assert browser.post(address, typed).status_code == 409


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("service_token", *arguments, stdout=out)
    return out.getvalue()


def test_command_creates_lists_and_revokes(ada: User, alice: User) -> None:
    for_whom = ("--owner", alice.email, "--as", ada.email)
    text = command("create", "Nightly", *for_whom, "--permission", "read", "--days", "30")
    secret, token = text.split()[-1], ServiceToken.objects.get()
    assert secret.startswith("ems_")
    assert token.permissions == [TokenPermission.READ]
    assert secret not in command("list")
    assert "revoked" in command("revoke", token.public_id, "--as", ada.email)
    assert "revoked" in command("list")


def test_command_rotates_and_speaks_json(ada: User, alice: User) -> None:
    token = made(alice, ada).token
    new = json.loads(command("rotate", token.public_id, "--as", "alice@example.org", "--json"))
    assert new["secret"].startswith("ems_")
    rows = json.loads(command("list", "--json"))
    assert [row["id"] for row in rows] == [new["token"]["id"], token.public_id]
    assert rows[1]["replaced_by"] == new["token"]["id"]
    assert new["secret"] not in json.dumps(rows)
    ended = json.loads(command("revoke", token.public_id, "--as", "alice@example.org", "--json"))
    assert ended["revoked_at"]
    with pytest.raises(CommandError, match="7 days at most"):
        command(
            "rotate", new["token"]["id"], "--as", "ada@example.org", "--overlap-hours", "99999999"
        )


@pytest.mark.parametrize(("arguments", "sentence"), [
    (("revoke", "token_none", "--as", "ada@example.org"), "There is no token token_none"),
    (("create", "N", "--owner", "no@example.org", "--permission", "read", "--days", "3", "--as",
      "ada@example.org"), "No account has the address"),
    (("create", "N", "--owner", "alice@example.org", "--permission", "read", "--days", "99999999",
      "--as", "ada@example.org"), "at most 366 days"),
    (("create", "N", "--owner", "ada@example.org", "--permission", "read", "--days", "3", "--as",
      "alice@example.org"), "Only a superuser"),
])  # fmt: skip
def test_command_refuses_with_a_sentence(
    arguments: tuple[str, ...], sentence: str, ada: User, alice: User
) -> None:
    with pytest.raises(CommandError, match=sentence):
        command(*arguments)
