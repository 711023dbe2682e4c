"""Deliver notices by email."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from lifecycle import mail_message, mail_transport
from lifecycle.people import languages, profiles
from requests_app.models import Notice
from requests_app.notices import outbox, smtp_rejections, unfollow_links
from requests_app.notices.content import deadline_calendar, mail_context
from requests_app.notices.registry import RULES_BY_TEMPLATE

log = logging.getLogger(__name__)


def hand_over(notice: Notice, context: dict[str, Any], now: datetime) -> bool:
    """Send the email of one claimed notice."""
    return _send([notice], _message(notice.template, [notice], context), now)


def send_digest(person_id: int, *, now: datetime) -> bool:
    """Send one email with all due reminders of a person; False if there are none."""
    claimed = outbox.claim(now, recipient=person_id, channel="digest")
    if not claimed:
        return False
    with translation.override(languages.of_person(claimed[0].recipient)):
        return _send_digest(claimed, now)


def _send_digest(claimed: Sequence[Notice], now: datetime) -> bool:
    current = []
    for notice in claimed:
        context = mail_context.of_notice(notice)
        if mail_context.is_too_late(notice, context, now):
            outbox.mark_dropped(notice, now, "Decided before the digest.")
        else:
            current.append((notice, context))
    if not current:
        return False
    notices = [notice for notice, _ in current]
    comments = [context for notice, context in current if notice.template == "comment_written"]
    reminders = [context for notice, context in current if notice.template != "comment_written"]
    # A stage with two reminders since the last digest is listed once.
    items = list({context["stage"].pk: context for context in reminders}.values())
    more = {"person": notices[0].recipient, "items": items, "comments": comments}
    return _send(notices, _message("digest", notices, more), now)


def _send(notices: Sequence[Notice], message: EmailMultiAlternatives, now: datetime) -> bool:
    try:
        mail_transport.hand_over(message)
    except mail_transport.FAULTS as error:
        _failed(notices, now, error)
    else:
        for notice in notices:
            outbox.mark_sent(notice, now)
        _note_problem(notices, "")
        return True
    return False


def _address(notices: Sequence[Notice]) -> str:
    recipient = notices[0].recipient
    return str(recipient.email) if recipient else notices[0].address


def _note_problem(notices: Sequence[Notice], problem: str) -> None:
    """Record the problem with the person; an address without an account has only its notice."""
    if recipient := notices[0].recipient:
        profiles.note_mail_problem(recipient, problem)


def _failed(notices: Sequence[Notice], now: datetime, error: Exception) -> None:
    """Give up only if the server refused this address for good; otherwise retry later."""
    problem = smtp_rejections.described(error)
    for_good = smtp_rejections.is_for_good(error)
    # A refused address needs no operator; anything else does.
    log.log(
        logging.WARNING if for_good else logging.ERROR,
        "Notice %s was not sent: %s",
        notices[0].pk,
        problem,
    )
    for notice in notices:
        (outbox.mark_dropped if for_good else outbox.mark_failed)(notice, now, problem)
    if for_good:
        _note_problem(notices, problem)


def _name(notices: Sequence[Notice]) -> str:
    """Return the Message-ID's name, the same for the same rows, so that a repeat is recognised."""
    if len(notices) == 1:
        return f"notice-{notices[0].pk}"
    rows = ",".join(str(pk) for pk in sorted(notice.pk for notice in notices))
    return f"digest-{hashlib.sha256(rows.encode()).hexdigest()[:32]}"


def _message(
    template: str, notices: Sequence[Notice], context: dict[str, Any]
) -> EmailMultiAlternatives:
    message = mail_message.compose(
        f"mail/{template}.html",
        context,
        to=_address(notices),
        message_id=_name(notices),
        **(unfollow_links.headers_of(notices[0]) if context.get("unfollow") else {}),
    )
    rule = RULES_BY_TEMPLATE.get(template)
    if rule and rule.calendar:
        file = deadline_calendar.file_of(notices[0].event, context)
        message.attach(deadline_calendar.FILE_NAME, file, deadline_calendar.CONTENT_TYPE)
    return message
