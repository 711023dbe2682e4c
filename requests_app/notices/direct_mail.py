"""Emails without a notice row: about service tokens and deleted accounts."""

import logging
from datetime import datetime

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import translation

from lifecycle import mail_message
from lifecycle.mail_transport import FAULTS, hand_over
from lifecycle.people import languages, profiles
from requests_app.models import ServiceToken
from requests_app.notices import outbox, smtp_rejections

log = logging.getLogger(__name__)


@transaction.atomic
def send_token_leaked(token_id: int, *, now: datetime) -> bool:
    """Email a leaked token's owner once; False if not due, being sent elsewhere, or failed."""
    due = (
        ServiceToken.objects.leaked_awaiting_notice(now).filter(pk=token_id).select_related("owner")
    )
    # The row lock is the lease: held until the mail server has answered, and skipped by others.
    token = due.select_for_update(of=("self",), skip_locked=True).first()
    if token is None:
        return False
    try:
        with translation.override(languages.of_person(token.owner)):
            hand_over(_message(token))
    except FAULTS as error:
        _failed(token, now, error)
        return False
    token.owner_notified_at = now
    token.save(update_fields=["owner_notified_at"])
    profiles.note_mail_problem(token.owner, "")
    return True


def _failed(token: ServiceToken, now: datetime, error: Exception) -> None:
    """Give up only if the server refused this address for good; otherwise retry later."""
    problem = smtp_rejections.described(error)
    log.warning("The owner of %s was not notified: %s", token.public_id, problem)
    token.notification_tries += 1
    if smtp_rejections.is_for_good(error):
        token.notification_abandoned_at = now
        profiles.note_mail_problem(token.owner, problem)
    else:
        token.notify_owner_at = now + outbox.pause_after(token.notification_tries)
    token.save(update_fields=["notification_tries", "notify_owner_at", "notification_abandoned_at"])


def _message(token: ServiceToken) -> EmailMultiAlternatives:
    return mail_message.compose(
        "mail/token_leaked.html",
        {"person": token.owner, "token": token},
        to=token.owner.email,
        message_id=token.public_id,
    )


def send_account_deleted(address: str, language: str, receipt: str) -> None:
    """Send the last email to a deleted account; not retried, since the address is erased."""
    with translation.override(language):
        message = mail_message.compose(
            "mail/account_deleted.html", {"receipt": receipt}, to=address
        )
    try:
        hand_over(message)
    except FAULTS as error:
        log.error("The email about deletion %s was not sent: %s", receipt, type(error).__name__)
