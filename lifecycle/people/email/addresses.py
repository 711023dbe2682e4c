"""Which addresses can be written to, and which are known to be a person's own."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lifecycle.people.email.normalization import (
    NotAnAddress,
    comparable_address,
    leads_nowhere,
    stored_form,
)
from lifecycle.people.models import User


def cleaned(email: str) -> str:
    """The stored form. Raises ValidationError unless a mail can go to it as it is written."""
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
    """Raises ValidationError unless a mail can go to it, and to nobody else, as it is written."""
    cleaned(email)


def person_at(email: str) -> User | None:
    """Whose main address it is, however it is written."""
    return User.objects.filter(email=comparable_address(email)).first()


def verified(person: User) -> list[str]:
    """In their stored form. An address that was only typed in counts for nothing."""
    rows = EmailAddress.objects.filter(user=person, verified=True)
    return sorted(
        {comparable_address(str(email)) for email in rows.values_list("email", flat=True)}
    )


def is_taken(email: str, *, but: User) -> bool:
    """Whether it is the main address of somebody else, or one that somebody else confirmed."""
    main = User.objects.filter(email=email).exclude(pk=but.pk)
    confirmed = EmailAddress.objects.filter(email=email, verified=True).exclude(user=but.pk)
    return bool(main.exists() or confirmed.exists())


def confirm(person: User) -> None:
    """Their main address, on the word of whoever runs the site."""
    EmailAddress.objects.update_or_create(
        user=person, email=person.email, defaults={"verified": True, "primary": True}
    )
