"""Service tokens: made by superusers, shown once, always with an end, revoked for good."""

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


def test_create_refuses_everybody_but_superusers(ada: User, alice: User, pat: User) -> None:
    for other in (alice, pat):
        with pytest.raises(NotAllowed, match="Only a superuser"):
            made(alice, other)
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


def test_page_shows_staff_their_own_and_makes_none(ada: User, rita: User, alice: User) -> None:
    mine, other = made(rita, ada).token, made(alice, ada).token
    shown = text_of(signed_in(rita).get(PAGE))
    assert mine.public_id in shown
    assert other.public_id not in shown
    assert "Superusers create tokens." in shown
    assert signed_in(rita).post(PAGE, sent()).status_code == 403
    assert signed_in(rita).post(f"{PAGE}{other.pk}/revoke/").status_code == 404


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


@pytest.mark.parametrize(("arguments", "sentence"), [
    (("revoke", "token_none", "--as", "ada@example.org"), "There is no token token_none"),
    (("create", "N", "--owner", "no@example.org", "--permission", "read", "--days", "3", "--as",
      "ada@example.org"), "No account has the address"),
    (("create", "N", "--owner", "alice@example.org", "--permission", "read", "--days", "99999999",
      "--as", "ada@example.org"), "at most 366 days"),
    (("create", "N", "--owner", "alice@example.org", "--permission", "read", "--days", "3", "--as",
      "alice@example.org"), "Only a superuser"),
])  # fmt: skip
def test_command_refuses_with_a_sentence(
    arguments: tuple[str, ...], sentence: str, ada: User, alice: User
) -> None:
    with pytest.raises(CommandError, match=sentence):
        command(*arguments)
