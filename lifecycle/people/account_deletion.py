"""What is deleted when a person deletes their account. The row stays: what they did names it."""

import secrets

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_noop

from lifecycle.people.models import Affiliation, User
from lifecycle.people.sign_in import sessions

NOBODY = gettext_noop("Deleted person")
FORGOTTEN = {
    "full_name": NOBODY,
    "institution": None,
    "orcid": "",
    "orcid_verified_at": None,
    "country": "",
    "time_zone": "",
    "language": "",
    "mail_problem": "",
    "last_login": None,
    "is_active": False,
    "is_staff": False,
    "is_superuser": False,
}


def forget(person: User) -> None:
    """Empty the profile, and remove every way to sign in and every trace of having done so."""
    sessions.end_all(person)
    for rows in (EmailAddress, Authenticator, SocialAccount):
        rows.objects.filter(user=person).delete()
    Affiliation.objects.filter(person=person).delete()
    named = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk)
    )
    named.update(object_repr=NOBODY, change_message="")
    person.groups.clear()
    person.user_permissions.clear()
    _empty(person)


def _empty(person: User) -> None:
    # It leads nowhere (RFC 2606), no door takes such an address, and nobody foresees this one.
    person.email = f"deleted-{person.pk}-{secrets.token_hex(8)}@deleted.invalid"
    person.set_unusable_password()
    for name, nothing in FORGOTTEN.items():
        setattr(person, name, nothing)
    person.save()
