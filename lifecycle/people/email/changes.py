"""Replace a person's main address, with all consequences."""

import logging
from collections.abc import Callable

from allauth.account.models import EmailAddress
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import translation

from lifecycle import mail_message, mail_transport
from lifecycle.people import languages
from lifecycle.people.models import User
from lifecycle.people.sign_in import sessions

log = logging.getLogger(__name__)


@transaction.atomic
def replace(
    person: User,
    email: str,
    *,
    session: str | None = None,
    not_notified: Callable[[str], None] = lambda address: None,
) -> User:
    """Replace the main address; the old one no longer signs in or proves anything.

    The new one counts as verified only if this person had verified it. All their sessions end,
    except `session`. After the commit both addresses are notified; `not_notified` is called for one
    that the mail server refused.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    old = person.email
    if email == old:
        return person
    rows = EmailAddress.objects.filter(user=person)
    # Links that were sent to the old address refer to this row, so they stop working.
    rows.filter(email__iexact=old).delete()
    rows.filter(primary=True).update(primary=False)
    EmailAddress.objects.update_or_create(user=person, email=email, defaults={"primary": True})
    person.email, person.mail_problem = email, ""
    person.save(update_fields=["email", "mail_problem"])
    sessions.end_all(person, but=session)
    transaction.on_commit(lambda: _tell(person, old, not_notified), robust=True)
    return person


def _tell(person: User, old: str, not_notified: Callable[[str], None]) -> None:
    for address in (old, person.email):
        try:
            mail_transport.hand_over(_message(person, old, address))
        except mail_transport.FAULTS as error:
            log.error(
                "The address of person %s was changed, but the email about it was not sent: %s",
                person.pk,
                type(error).__name__,
            )
            not_notified(address)


def _message(person: User, old: str, address: str) -> EmailMultiAlternatives:
    with translation.override(languages.of_person(person)):
        return mail_message.compose(
            "mail/address_changed.html", {"old": old, "new": person.email}, to=address
        )
