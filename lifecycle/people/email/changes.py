"""Gives a person another main address in place of the one they have, with all that follows."""

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
    """The old address no longer signs in, gets no link, and proves nothing.

    The new one counts as confirmed only if this person had confirmed it. All their sessions end,
    but for `session`. After the commit both addresses are told; `not_notified` hears of one
    to which the mail server took no mail.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    old = person.email
    if email == old:
        return person
    rows = EmailAddress.objects.filter(user=person)
    rows.filter(email__iexact=old).delete()  # links that were mailed to it lead to this row
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
                "An address of person %s was changed, and a mail about it not sent: %s",
                person.pk,
                type(error).__name__,
            )
            not_notified(address)


def _message(person: User, old: str, address: str) -> EmailMultiAlternatives:
    with translation.override(languages.of_person(person)):
        return mail_message.compose(
            "mail/address_changed.html", {"old": old, "new": person.email}, to=address
        )
