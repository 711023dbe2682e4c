"""Which addresses can be written to, and which are known to be a person's own."""

import re

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from lifecycle.people.models import User

# A dot-atom (RFC 5322, 3.2.3) but "?", with which a mail would say another name (RFC 2047).
_NAME = re.compile(r"[A-Za-z0-9.!#$%&'*+/=^_`{|}~-]+")


def validate(email: str) -> None:
    """Raises ValidationError unless a mail can go to it, and to nobody else, as it is written."""
    name, _at, host = email.rpartition("@")
    try:
        validate_email(email)
        is_plain = bool(_NAME.fullmatch(name) and host.encode("idna"))
    except (ValidationError, UnicodeError):
        is_plain = False
    if not is_plain or host.startswith("["):  # a number in the network where mail is sent from
        raise ValidationError(_("Write one e-mail address, like name@example.org."))


def verified(person: User) -> list[str]:
    """In lower case. An address that was only typed in counts for nothing."""
    rows = EmailAddress.objects.filter(user=person, verified=True)
    return sorted({str(email).lower() for email in rows.values_list("email", flat=True)})


def is_taken(email: str, *, but: User) -> bool:
    """Whether it is the main address of somebody else, or one that somebody else confirmed."""
    main = User.objects.filter(email=email).exclude(pk=but.pk)
    confirmed = EmailAddress.objects.filter(email=email, verified=True).exclude(user=but.pk)
    return bool(main.exists() or confirmed.exists())
