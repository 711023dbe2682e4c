"""The mails that people get now, with those of earlier steps put away."""

from collections import Counter
from typing import cast

from django.core import mail
from django.core.mail import EmailMultiAlternatives

from lifecycle.people.models import User
from requests_app import tasks


def sent() -> list[EmailMultiAlternatives]:
    """Send what waits, and return those mails alone."""
    mail.outbox.clear()
    tasks.send_notices()
    return cast("list[EmailMultiAlternatives]", list(mail.outbox))


def sent_to(person: User) -> list[EmailMultiAlternatives]:
    return [message for message in sent() if message.to == [person.email]]


def recipients() -> Counter[str]:
    """Who gets how many mails by now."""
    return Counter(message.to[0] for message in sent())
