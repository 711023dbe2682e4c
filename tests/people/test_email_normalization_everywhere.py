"""Every door that takes somebody's address finds them in each form in which it can be typed."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.core.management import call_command
from django.utils import timezone

from lifecycle.people.models import User
from lifecycle.people.sign_in import external_accounts
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.admin.search import people_named
from requests_app.models import (
    AccessRequest,
    BulkRevocation,
    Collaborator,
    Grant,
    Invitation,
    Policy,
    ServiceToken,
)
from tests.conftest import PASSWORD
from tests.endings.test_account_deletion import asked
from tests.people.test_email_normalization import READ, TWINS
from tests.policies.test_policy_files import EXAMPLE, people
from tests.support.api_client import API, OPUS, Api, place, text_of
from tests.support.authenticator import sign_in
from tests.support.desk_client import signed_in
from tests.support.page_client import Browser, with_verified_email
from tests.support.soak_sizes import some

__all__ = ["people"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(db: None) -> User:
    """A superuser whose address can be typed in several ways."""
    return with_verified_email(User.objects.create_superuser(READ, PASSWORD, full_name="Anna"))


def by_the_token_command(typed: str) -> bool:
    asked = ("--permission", "read", "--days", "9", "--owner", typed, "--as", typed)
    call_command("service_token", "create", "Nightly", *asked, stdout=StringIO())
    token = ServiceToken.objects.get()
    call_command("service_token", "revoke", token.public_id, "--as", typed, stdout=StringIO())
    return ServiceToken.objects.filter(owner__email=READ, revoked_by__email=READ).exists()


def by_the_token_page(typed: str) -> bool:
    ends_on = f"{timezone.now() + timedelta(days=9):%Y-%m-%d}"
    sent = {"name": "Nightly", "owner": typed, "permissions": ["read"], "ends_on": ends_on}
    page = signed_in(User.objects.get(email=READ)).post("/admin/requests_app/servicetoken/", sent)
    return page.status_code == 201 and ServiceToken.objects.get().owner.email == READ


def by_the_page_that_deletes_an_account(typed: str) -> bool:
    User.objects.update(is_superuser=False, is_staff=False)
    browser = Browser()
    sign_in(User.objects.get(email=READ), browser)
    asked(browser)
    browser.post("/account/delete/", {"typed": typed})
    return BulkRevocation.objects.exists() and not User.objects.filter(email=READ).exists()


def by_the_page_that_ends_everything(typed: str) -> bool:
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    place = f"/admin/requests_app/bulkrevocation/person/{User.objects.get(email=READ).pk}/"
    signed_in(ada).post(place, {"reason": "Shared the key.", "typed": typed})
    return BulkRevocation.objects.exists()


def by_a_provider(typed: str) -> bool:
    """Whose answer is taken as one about the account that there is."""
    row = EmailAddress(email=typed, verified=True)
    login = SocialLogin(User(email=typed), SocialAccount(), email_addresses=[row])
    external_accounts._clean_addresses(login)
    return {row.email, login.user.email} == {READ}


WAYS = [
    by_the_token_command,
    by_the_token_page,
    by_the_page_that_deletes_an_account,
    by_the_page_that_ends_everything,
    by_a_provider,
]


@pytest.mark.parametrize("typed", some(TWINS, 1))
@pytest.mark.parametrize("found", WAYS)
def test_a_person_is_found_in_each_form(
    anna: User, found: Callable[[str], bool], typed: str
) -> None:
    assert found(typed)


@pytest.mark.parametrize("typed", TWINS)
def test_a_policy_is_imported_by_whoever_owns_it_in_each_form(
    people: None, pat: User, typed: str
) -> None:
    User.objects.filter(pk=pat.pk).update(email=READ)
    call_command("policy", "import", EXAMPLE, "--as", typed, stdout=StringIO())
    assert Policy.objects.exists()


@pytest.mark.parametrize("typed", some(TWINS, 2))
def test_the_api_names_a_collaborator_in_each_form(
    policy: Policy, alice: User, anna: User, typed: str
) -> None:
    row = Api(alice).post(f"{API}/requests/", text_of(OPUS, collaborators=[typed, READ]))
    assert [one["email"] for one in row.json()["invitations"]] == [READ]
    assert Invitation.objects.get().access_request == AccessRequest.objects.get()
    own = Api(anna).post(f"{API}/requests/", text_of(OPUS, collaborators=[typed]))
    assert own.status_code == 422


@pytest.mark.parametrize("typed", some(TWINS, 2))
def test_the_api_removes_a_person_in_each_form(
    claimed: ClaimedKey, alice: User, anna: User, typed: str
) -> None:
    now = timezone.now()
    Collaborator.objects.create(grant=Grant.objects.get(), person=anna, added_at=now)
    answer = Api(alice).post(place(claimed.key.grant, "remove"), {"person": typed})
    assert answer.status_code == 200
    assert Collaborator.objects.get().removed_at


@pytest.mark.parametrize("typed", TWINS)
def test_the_desk_finds_a_person_in_each_form(anna: User, typed: str) -> None:
    assert people_named(typed) == [anna.pk]
    for table in ("people/user", "account/emailaddress"):
        answer = signed_in(anna).get(f"/admin/{table}/", {"q": typed})
        assert answer.context["cl"].result_count == 1
