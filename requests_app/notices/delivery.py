"""Send due notices through their channels."""

import logging
from datetime import datetime

from django.utils import translation

from lifecycle.people import languages
from lifecycle.people.models import User
from requests_app.models import Channel, Notice
from requests_app.notices import chat, mail, outbox
from requests_app.notices.content import mail_context
from requests_app.notices.content.retirement_news import KnownModels

log = logging.getLogger(__name__)

HAND_OVER = {Channel.MAIL: mail.hand_over, Channel.CHAT: chat.hand_over}


class Batch:
    """Sends notices one after another; what they say of a model is read once."""

    def __init__(self) -> None:
        self._known: KnownModels = {}

    def send(self, notice_id: int, *, now: datetime) -> bool:
        """Send one due notice; False if it isn't due, is being sent elsewhere, or failed."""
        for notice in outbox.claim(now, pk=notice_id, channel__in=list(HAND_OVER)):
            try:
                with translation.override(languages.of_person(_reader(notice))):
                    return _hand_over(notice, self._known, now)
            # Any error, for example of a template, must leave the notice to be retried.
            except Exception as error:
                log.exception("Notice %s could not be written.", notice.pk)
                problem = f"It could not be written: {type(error).__name__}."
                outbox.mark_failed(notice, now, problem)
        return False


def send(notice_id: int, *, now: datetime) -> bool:
    """Send one due notice, as `Batch.send` does."""
    return Batch().send(notice_id, now=now)


def _reader(notice: Notice) -> User | None:
    """Return the person whose language is used; for an invited address, the person inviting."""
    return notice.event.actor if notice.address else notice.recipient


def _hand_over(notice: Notice, known: KnownModels, now: datetime) -> bool:
    context = mail_context.of_notice(notice, known)
    # Decided at the last moment: much may have happened since the event.
    if mail_context.is_too_late(notice, context, now):
        outbox.mark_dropped(notice, now, "No longer relevant.")
        return False
    return HAND_OVER[Channel(notice.channel)](notice, context, now)


def due_for_digest(now: datetime) -> list[int]:
    """Return ids of people with reminders due in their daily digest."""
    due = Notice.objects.due(now).filter(channel=Channel.DIGEST)
    return [pk for pk in due.order_by().values_list("recipient", flat=True).distinct() if pk]
