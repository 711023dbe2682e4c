"""The last mail to somebody who deleted their account; after it the address is forgotten."""

import logging

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from lifecycle.mail_transport import FAULTS, hand_over

log = logging.getLogger(__name__)


def send(address: str, language: str, receipt: str) -> None:
    """After the deletion was committed. It can't be tried again later."""
    context = {"site_url": settings.SITE_URL, "receipt": receipt}
    with translation.override(language):
        subject = render_to_string("mail/account_deleted.subject.txt", context)
        mail = EmailMultiAlternatives(
            " ".join(subject.split()),
            render_to_string("mail/account_deleted.txt", context),
            to=[address],
            headers={"Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("mail/account_deleted.html", context), "text/html")
    try:
        hand_over(mail)
    except FAULTS as error:
        log.error("The mail of deletion %s was not sent: %s", receipt, type(error).__name__)
