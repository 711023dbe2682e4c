"""Emails without a notice row: about service tokens and deleted accounts."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
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
    token = _leased(ServiceToken.objects.leaked_awaiting_notice(now), token_id)
    if token is None:
        return False
    if error := _tell_owner(token, "mail/token_leaked.html", message_id=token.public_id):
        token.notification_tries += 1
        if smtp_rejections.is_for_good(error):
            token.notification_abandoned_at = now
        else:
            token.notify_owner_at = now + outbox.pause_after(token.notification_tries)
    else:
        token.owner_notified_at = now
    token.save(
        update_fields=[
            "owner_notified_at",
            "notification_tries",
            "notify_owner_at",
            "notification_abandoned_at",
        ]
    )
    return error is None


@transaction.atomic
def send_token_expires(token_id: int, *, now: datetime) -> bool:
    """Email the owner of a token that ends soon; False as above."""
    token = _leased(ServiceToken.objects.expiring_awaiting_notice(now), token_id)
    if token is None:
        return False
    following, tries = token.next_expiry_notice(now), 0
    name = f"{token.public_id}.{following or token.expires_at:%Y%m%d}"  # alike when tried again
    error = _tell_owner(token, "mail/token_expires.html", message_id=name)
    if error and not smtp_rejections.is_for_good(error):
        tries = token.expiry_notice_tries + 1
        following = now + outbox.pause_after(tries)
    token.expiry_notice_at, token.expiry_notice_tries = following, tries
    token.save(update_fields=["expiry_notice_at", "expiry_notice_tries"])
    return error is None


def _leased(due: QuerySet[ServiceToken], token_id: int) -> ServiceToken | None:
    """The row lock is the lease: held until the mail server has answered, and skipped by others."""
    rows = due.filter(pk=token_id).select_related("owner")
    return rows.select_for_update(of=("self",), skip_locked=True).first()


def _tell_owner(token: ServiceToken, template: str, *, message_id: str) -> Exception | None:
    """Return why it failed. What is for good is noted at the owner; the rest is retried later."""
    owner, told = token.owner, {"person": token.owner, "token": token}
    try:
        with translation.override(languages.of_person(owner)):
            hand_over(mail_message.compose(template, told, to=owner.email, message_id=message_id))
    except FAULTS as error:
        problem = smtp_rejections.described(error)
        log.warning("The owner of %s was not notified: %s", token.public_id, problem)
        if smtp_rejections.is_for_good(error):
            profiles.note_mail_problem(owner, problem)
        return error
    profiles.note_mail_problem(owner, "")
    return None


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
