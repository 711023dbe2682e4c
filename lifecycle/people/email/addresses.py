"""Validate and look up email addresses of people."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from lifecycle.people.email.normalization import (
    NotAnAddress,
    comparable_address,
    leads_nowhere,
    stored_form,
)
from lifecycle.people.models import User


def cleaned(email: str) -> str:
    """Return the stored form. Raises ValidationError unless email can be delivered as written."""
    try:
        if not leads_nowhere(stored := stored_form(email)):
            return stored
        raise NotAnAddress
    except NotAnAddress as error:
        sentence = _("Enter one email address, like name@example.org.")
        if error.is_unclear:
            sentence += " " + _("This address contains look-alike or invisible characters.")
        raise ValidationError(sentence) from None


def validate(email: str) -> None:
    """Raise ValidationError unless email can be delivered to it as written."""
    cleaned(email)


def person_at(email: str) -> User | None:
    """Return the person with this main address, in any spelling, or None."""
    return User.objects.filter(email=comparable_address(email)).first()


def account_at(email: str) -> User | None:
    """Return the person with this main address; None if it is empty. Raises ValidationError."""
    found = person_at(email) if email else None
    if email and found is None:
        raise ValidationError("There is no account with this address.")
    return found


def verified(person: User) -> list[str]:
    """Return the person's verified addresses in their stored form."""
    rows = EmailAddress.objects.filter(user=person, verified=True)
    return sorted(
        {comparable_address(str(email)) for email in rows.values_list("email", flat=True)}
    )


def is_taken(email: str, *, but: User) -> bool:
    """Return whether somebody else has it as main address or has verified it."""
    main = User.objects.filter(email=email).exclude(pk=but.pk)
    confirmed = EmailAddress.objects.filter(email=email, verified=True).exclude(user=but.pk)
    return bool(main.exists() or confirmed.exists())


def confirmed_superusers() -> QuerySet[User]:
    """Return superusers in good standing who have confirmed an address."""
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    people = User.objects.filter(is_superuser=True, is_active=True)
    return people.filter(Exists(confirmed)).order_by("pk")


def confirm(person: User) -> None:
    """Mark the main address as verified, on the word of the site's operator."""
    EmailAddress.objects.update_or_create(
        user=person, email=person.email, defaults={"verified": True, "primary": True}
    )
