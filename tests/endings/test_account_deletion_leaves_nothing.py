"""A deleted account leaves nothing that anybody else could take, claim or collide with."""

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.core import mail
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.test import Client

from lifecycle.people import profiles
from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app.actions.endings import account_deletion
from requests_app.actions.requests import invitations
from requests_app.models import AccessRequest, Invitation, Notice
from requests_app.refusals import Invalid
from tests.conftest import PASSWORD, person
from tests.support.authenticator import sign_in, with_app
from tests.support.page_client import with_verified_email

pytestmark = pytest.mark.django_db

# Who did what stays, in rows under a digest or a trigger, and names a number. It ends or is emptied
# by the action where it would still do something.
STAYS = {
    "requests_app.accessrequest": {"requester", "closed_by"},
    "requests_app.attachment": {"owner"},
    "requests_app.breakglass": {"by", "reviewed_by"},
    "requests_app.collaborator": {"person", "removed_by"},
    "requests_app.delegation": {"person", "delegate", "reassigned_by"},
    "requests_app.bulkrevocation": {"by"},
    "requests_app.institutionmerge": {"by"},
    "requests_app.event": {"actor"},
    "requests_app.grant": {"holder", "suspended_by", "closed_by"},
    "requests_app.grantedmodel": {"holder"},
    "requests_app.invitation": {"person"},
    "requests_app.key": {"holder", "revoked_by"},
    "requests_app.proposal": {"proposed_by", "closed_by"},
    "requests_app.readlogentry": {"person"},
    "requests_app.reviewerinvitation": {"by", "person"},
    "requests_app.narrowing": {"by"},
    "requests_app.notice": {"recipient"},
    "requests_app.policyeditor": {"person"},
    "requests_app.policyversion": {"author", "published_by"},
    "requests_app.requestedmodel": {"requester"},
    "requests_app.revision_collaborators": {"user"},  # of texts that were sent
    "requests_app.servicetoken": {"owner", "revoked_by"},
    "requests_app.standingmember": {"added_by", "removed_by"},
    "requests_app.standingrule": {"author", "published_by", "closed_by"},
    "requests_app.vote": {"voter", "seat"},
    "admin.logentry": {"user"},
    "people.affiliation": {"vouched_by"},
    "catalogue.source": {"verified_by"},
    "voice.essay": {"handed_in_by"},
    "voice.interviewparticipant": {"person"},  # named as it was noted at the time
    "voice.protocolversion": {"published_by"},
}
GOES = {
    "catalogue.promise": {"owner", "escalate_to"},  # or reminders would go to nobody
    "catalogue.weightscustody": {"responsible"},
    "people.affiliation": {"person"},
    "requests_app.colleague": {"person"},  # a view of affiliations
    "requests_app.addedreviewer": {"person"},  # a view of memberships
    "people.user_groups": {"user"},
    "people.user_user_permissions": {"user"},
    "requests_app.follow": {"person"},
    "requests_app.reviewerpreference": {"person"},
    "requests_app.savedreason": {"person"},
    "requests_app.demand": {"person"},
    "requests_app.storedanswer": {"person"},
    "account.emailaddress": {"user"},
    "mfa.authenticator": {"user"},
    "socialaccount.socialaccount": {"user"},
    "usersessions.usersession": {"user"},
}


def relations() -> dict[str, set[str]]:
    """Every column that names a person, by its table."""
    found: dict[str, set[str]] = {}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.related_model is User:
                found.setdefault(model._meta.label_lower, set()).add(field.name)
    return found


def test_of_every_relation_it_is_known_whether_it_stays() -> None:
    tables = STAYS.keys() | GOES.keys()
    known = {table: STAYS.get(table, set()) | GOES.get(table, set()) for table in tables}
    assert relations() == known


def test_what_goes_is_gone_and_nothing_is_left_that_signs_in(alice: User) -> None:
    with_app(alice)
    sign_in(alice, Client())
    SocialAccount.objects.create(user=alice, provider="orcid", uid="0000-0002-1825-0097")
    account_deletion.delete_account(alice, by=alice)
    for label, names in GOES.items():
        model: type[Model] = apps.get_model(label)
        for name in names:
            assert not model._default_manager.filter(**{name: alice}).exists(), label


def test_address_identity_and_orcid_are_free_for_whoever_has_them(alice: User) -> None:
    with_verified_email(alice)
    profiles.note_orcid(alice, "0000-0002-1825-0097")
    SocialAccount.objects.create(user=alice, provider="orcid", uid="0000-0002-1825-0097")
    account_deletion.delete_account(alice, by=alice)
    again = with_verified_email(person("alice"))
    profiles.note_orcid(again, "0000-0002-1825-0097")
    SocialAccount.objects.create(user=again, provider="orcid", uid="0000-0002-1825-0097")
    assert again.pk != alice.pk


def test_signing_up_again_at_once_sends_the_mail_that_the_page_promises(client: Client) -> None:
    typed = {"email": "zed@example.org", "full_name": "Zed"}
    typed |= {"password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", typed)
    EmailAddress.objects.update(verified=True)
    sign_in(User.objects.get(email="zed@example.org"), client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/account/delete/", {"typed": "zed@example.org"})
    assert not User.objects.filter(email="zed@example.org").exists()
    mail.outbox.clear()
    Client().post("/accounts/signup/", typed)
    assert [message.to for message in mail.outbox] == [["zed@example.org"]]


def test_a_link_to_confirm_an_address_confirms_nothing_after(alice: User) -> None:
    row = EmailAddress.objects.create(user=alice, email=alice.email, primary=True)
    key = EmailConfirmationHMAC.create(row).key
    account_deletion.delete_account(alice, by=alice)
    person("alice")
    Client().post(f"/accounts/confirm-email/{key}/")
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_nobody_can_have_the_address_that_a_deleted_account_gets(
    draft: AccessRequest, alice: User, bob: User
) -> None:
    for number in (bob.pk, bob.pk + 1):
        email = f"deleted-{number}@deleted.invalid"
        typed = {"email": email, "full_name": "E", "password1": PASSWORD, "password2": PASSWORD}
        Client().post("/accounts/signup/", typed)
        with pytest.raises(ValidationError):
            addresses.validate(email)
        with pytest.raises(Invalid):
            invitations.invite(draft, email, by=alice)
    assert not User.objects.filter(email__endswith=".invalid").exists()


def test_an_account_under_such_an_address_keeps_nobody_from_leaving(bob: User, eve: User) -> None:
    User.objects.filter(pk=eve.pk).update(email=f"deleted-{bob.pk}@deleted.invalid")
    account_deletion.delete_account(bob, by=bob)
    bob.refresh_from_db()
    assert not bob.is_active
    assert bob.email != User.objects.get(pk=eve.pk).email


def test_a_mail_that_waits_for_an_invited_address_is_forgotten(
    draft: AccessRequest, alice: User
) -> None:
    invitations.invite(draft, "new@example.org", by=alice)
    account_deletion.delete_account(alice, by=alice)
    assert not Notice.objects.filter(address="new@example.org").exists()
    assert not Invitation.objects.filter(email="new@example.org").exists()
    assert not Notice.objects.exclude(address="").filter(dropped_at=None, sent_at=None).exists()
