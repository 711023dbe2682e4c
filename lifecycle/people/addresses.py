"""Which addresses are known to be a person's own."""

from allauth.account.models import EmailAddress

from lifecycle.people.models import User


def verified(person: User) -> list[str]:
    """In lower case. An address that was only typed in counts for nothing."""
    rows = EmailAddress.objects.filter(user=person, verified=True)
    return sorted({str(email).lower() for email in rows.values_list("email", flat=True)})
