"""People on the desk: who writes there, and what follows when reviewers come or go."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from pytest_django import DjangoCaptureOnCommitCallbacks

from lifecycle.people.email.normalization import NotAnAddress
from lifecycle.people.models import User
from requests_app.actions.endings import account_deletion
from requests_app.models import Stage
from tests.support.desk_client import signed_in, text_of

pytestmark = pytest.mark.django_db

PEOPLE, ADDRESSES = "/admin/people/user/", "/admin/account/emailaddress/"


def form_of(person: User, **fields: Any) -> dict[str, Any]:
    text = {"email": person.email, "full_name": person.full_name, "groups": []}
    for name in ("is_active", "is_staff", "is_superuser"):
        if getattr(person, name):
            text[name] = "on"
    return {**text, **fields}


def test_people_are_hidden_from_reviewers(rita: User, alice: User) -> None:
    client = signed_in(rita)
    assert client.get(PEOPLE).status_code == 403
    assert client.get(f"{PEOPLE}{alice.pk}/change/").status_code == 403


@pytest.mark.parametrize("how", ["its page", "the list"])
def test_addresses_are_taken_away_but_never_made_or_verified(
    alice: User, ada: User, how: str
) -> None:
    main = EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    other = EmailAddress.objects.create(user=alice, email="al@example.org")
    client = signed_in(ada)
    typed = {"user": alice.pk, "email": "new@example.org", "verified": "on"}
    assert client.post(f"{ADDRESSES}add/", typed).status_code == 403
    assert client.post(f"{ADDRESSES}{other.pk}/change/", typed).status_code == 403
    client.post(ADDRESSES, {"action": "make_verified", "_selected_action": [other.pk]})
    assert not EmailAddress.objects.get(pk=other.pk).verified
    for row in (main, other):
        if how == "its page":
            client.post(f"{ADDRESSES}{row.pk}/delete/", {"post": "yes"})
        else:
            chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
            client.post(ADDRESSES, chosen)
    assert list(EmailAddress.objects.all()) == [main]


def test_the_address_that_mails_go_to_is_not_taken_away(alice: User, ada: User) -> None:
    row = EmailAddress.objects.create(user=alice, email=alice.email, verified=True)
    signed_in(ada).post(f"{ADDRESSES}{row.pk}/delete/", {"post": "yes"})
    assert EmailAddress.objects.exists()


def test_a_deleted_account_is_given_to_nobody(alice: User, ada: User) -> None:
    account_deletion.delete_account(alice, by=alice)
    deleted, client = User.objects.get(pk=alice.pk), signed_in(ada)
    page = f"{PEOPLE}{alice.pk}/"
    typed = form_of(deleted, email="eve@example.org", full_name="Eve", is_active="on")
    assert client.post(f"{page}change/", typed).status_code == 403
    typed = {"password1": "abcdefgh-1", "password2": "abcdefgh-1", "usable_password": "true"}
    assert client.post(f"{page}password/", typed).status_code == 403
    kept = User.objects.get(pk=alice.pk)
    assert (kept.email, kept.is_active) == (deleted.email, False)
    assert not kept.has_usable_password()
    assert "Deleted person" in text_of(client.get(f"{page}change/"))


def test_people_are_not_changed_even_with_the_permission(rita: User, pat: User, ada: User) -> None:
    """Else whoever has it could become a reviewer, or take a superuser's address."""
    rita.user_permissions.set(Permission.objects.filter(content_type__app_label="people"))
    client = signed_in(rita)
    assert client.get(PEOPLE).status_code == 200
    for somebody in (rita, ada):
        page = f"{PEOPLE}{somebody.pk}/"
        client.post(f"{page}change/", form_of(somebody, is_superuser="on", groups=pat.groups.all()))
        client.post(f"{page}password/", {"password1": "abcdefgh-1", "password2": "abcdefgh-1"})
        client.post(f"{page}delete/", {"post": "yes"})
    client.post(f"{PEOPLE}add/", {"email": "x@example.org", "full_name": "X"})
    kept = User.objects.get(pk=rita.pk)
    assert (kept.is_superuser, kept.groups.count(), User.objects.count()) == (False, 1, 3)
    assert kept.password == rita.password


def test_refused_addresses_are_seen(alice: User, bob: User, ada: User) -> None:
    alice.mail_problem = "550 no such mailbox"
    alice.save()
    client = signed_in(ada)
    assert "550 no such mailbox" in text_of(client.get(PEOPLE))
    only = text_of(client.get(f"{PEOPLE}?mail_problem__isempty=0"))
    assert "alice@example.org" in only
    assert "bob@example.org" not in only
    assert "550 no such mailbox" in text_of(client.get(f"{PEOPLE}{alice.pk}/change/"))


def test_leaving_the_group_is_noticed_at_once(
    stage: Stage,
    rita: User,
    sam: User,
    ada: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    for somebody in (rita, sam):
        with django_capture_on_commit_callbacks(execute=True):
            page = f"{PEOPLE}{somebody.pk}/change/"
            assert signed_in(ada).post(page, form_of(somebody)).status_code == 302
    stage.refresh_from_db()
    assert stage.deadlocked_at is not None


def test_a_change_of_name_rechecks_nothing(
    stage: Stage,
    rita: User,
    ada: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sent = form_of(rita, full_name="Rita Sand", groups=[rita.groups.get().pk])
    with django_capture_on_commit_callbacks() as callbacks:
        assert signed_in(ada).post(f"{PEOPLE}{rita.pk}/change/", sent).status_code == 302
    assert not callbacks


OLD = "alice@[192.0.2.1]"  # an address that no door takes any more


@pytest.fixture
def from_before(alice: User) -> User:
    """Somebody whose account is older than the one form of addresses."""
    User.objects.filter(pk=alice.pk).update(email=OLD)
    alice.refresh_from_db()
    return alice


@pytest.mark.parametrize("changed", [{}, {"full_name": "Alice Hart"}])
def test_an_address_from_before_stays_until_it_changes(
    from_before: User, changed: dict[str, str]
) -> None:
    from_before.set_password("another phrase of hers")
    for name, text in changed.items():
        setattr(from_before, name, text)
    from_before.save()
    assert User.objects.get(pk=from_before.pk).email == OLD
    from_before.email = "bob@[192.0.2.1]"
    with pytest.raises(NotAnAddress):
        from_before.save()


def test_the_desk_saves_a_person_whose_address_is_from_before(from_before: User, ada: User) -> None:
    page, client = f"{PEOPLE}{from_before.pk}/change/", signed_in(ada)
    answer = client.post(page, form_of(from_before, full_name="Alice Hart"))
    assert answer.status_code == 302, answer.context["errors"]
    from_before.refresh_from_db()
    assert (from_before.full_name, from_before.email) == ("Alice Hart", OLD)
    refused = client.post(page, form_of(from_before, email="bob@[192.0.2.1]"))
    assert "email" in refused.context["adminform"].form.errors
