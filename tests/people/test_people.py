"""People: what they may say of themselves, and who may give them permissions."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.test import Client

from lifecycle.people import orcid, profile_links, profiles
from lifecycle.people.email import addresses
from lifecycle.people.forms import ProfileForm
from lifecycle.people.models import Institution, User
from tests.conftest import PASSWORD
from tests.support.page_client import page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("good", ["0000-0002-1825-0097", "0000-0002-1694-233X"])
def test_orcid_takes_what_its_check_digit_fits(good: str) -> None:
    orcid.validate(good)


@pytest.mark.parametrize(
    "bad",
    ["0000-0002-1825-0098", "0000-0002-1694-2330", "0000000218250097", "٠000-0002-1825-0097", ""],
)
def test_orcid_refuses_a_typing_mistake_and_other_scripts(bad: str) -> None:
    with pytest.raises(ValidationError):
        orcid.validate(bad)


def test_email_is_one_person_in_any_case(alice: User) -> None:
    assert User.objects.get_by_natural_key("ALICE@example.org ") == alice
    with pytest.raises(Exception, match="people_user_email"):
        User.objects.create_user("Alice@Example.org", "x", full_name="Other")


@pytest.mark.parametrize("address", ["/accounts/signup/", "/accounts/password/reset/"])
@pytest.mark.parametrize(
    "email",
    [
        f"a@{'ü' * 60}.de",  # a name that the DNS can't hold
        "=?utf-8?q?alice?=@example.org",  # a mail would go to alice
        '"a\x01b"@example.org',
        "a@[127.0.0.1]",
        "\u017fam@example.org",
    ],
)
def test_address_that_no_mail_can_go_to_as_it_is_written_is_refused(
    client: Client, address: str, email: str, mailoutbox: list[Any]
) -> None:
    typed = {"email": email, "full_name": "A", "password1": PASSWORD, "password2": PASSWORD}
    assert "Enter one email address" in page(client.post(address, typed))
    assert not mailoutbox


@pytest.mark.parametrize("email", ["a.b+c@example.org", "o'neill@example.org", "a@münchen.example"])
def test_usual_addresses_are_taken(email: str) -> None:
    addresses.validate(email)


def test_institution_is_one_in_any_case() -> None:
    first = profiles.institution_named("  University  of Somewhere ")
    assert profiles.institution_named("UNIVERSITY OF SOMEWHERE") == first
    assert Institution.objects.get().name == "University of Somewhere"


@pytest.mark.parametrize(("first", "then"), [("kiel", "\u212aiel"), ("\u0130st", "ist")])
def test_institution_with_a_letter_of_two_capitals_is_found_or_made(first: str, then: str) -> None:
    profiles.institution_named(first)
    for _ in range(2):
        assert profiles.institution_named(then)


@pytest.mark.parametrize("name", ["A\nhttp://evil.example", "A\u202eB", "A\u2028B", "A\x00B"])
def test_profile_refuses_a_name_that_breaks_its_line(name: str) -> None:
    form = ProfileForm({"full_name": name, "institution": "", "orcid": "", "country": ""})
    assert "full_name" in form.errors


@pytest.fixture
def helpdesk(eve: User) -> User:
    """Staff who may change people, and is no superuser."""
    eve.is_staff = True
    eve.save()
    eve.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    return eve


@pytest.mark.parametrize("page", ["change", "password", "delete"])
@pytest.mark.parametrize("name", ["alice", "rita", "eve"])
def test_helpdesk_changes_nobody(
    helpdesk: User, alice: User, rita: User, client: Client, name: str, page: str
) -> None:
    client.force_login(helpdesk)
    person = User.objects.get(email=f"{name}@example.org")
    answer = client.post(f"/admin/people/user/{person.pk}/{page}/", {"is_superuser": "on"})
    assert answer.status_code == 403
    assert not User.objects.filter(is_superuser=True).exists()


@pytest.mark.parametrize(
    "written",
    [
        "0000-0002-1694-233x",
        "https://orcid.org/0000-0002-1694-233X",
        "http://orcid.org/0000-0002-1694-233x/",
        " www.ORCID.org/0000-0002-1694-233X",
    ],
)
def test_orcid_is_taken_as_people_copy_it(alice: User, written: str) -> None:
    form = ProfileForm({"full_name": "Alice", "orcid": written}, person=alice)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["orcid"] == "0000-0002-1694-233X"
    assert profile_links.orcid(written) == "https://orcid.org/0000-0002-1694-233X"


def test_kosovo_can_be_chosen(alice: User) -> None:
    form = ProfileForm({"full_name": "Alice", "country": "XK"}, person=alice)
    assert form.is_valid(), form.errors
    assert "Kosovo" in str(form)
