"""Erase the personal data of a deleted account; the row stays, as records refer to it."""

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
ADDRESS_SUFFIX = "@deleted.invalid"
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


def is_deleted(person: User) -> bool:
    return person.email.endswith(ADDRESS_SUFFIX)


def forget(person: User) -> None:
    """Empty the profile, and remove every means and trace of signing in."""
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
    # Undeliverable (RFC 2606), refused by every form, and random, so nobody can claim it first.
    person.email = f"deleted-{person.pk}-{secrets.token_hex(8)}{ADDRESS_SUFFIX}"
    person.set_unusable_password()
    for name, nothing in FORGOTTEN.items():
        setattr(person, name, nothing)
    person.save()
