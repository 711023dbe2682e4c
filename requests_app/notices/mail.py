"""The mail channel: one notice becomes one message, handed over once."""

import logging
from datetime import datetime
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from requests_app.models import Grant, Key, Notice, Stage
from requests_app.notices import ledger
from requests_app.states import StageState

log = logging.getLogger(__name__)

ONLY_WHILE_OPEN = ("stage_opened", "stage_reminder")


def send(notice_id: int, *, now: datetime) -> bool:
    """Send one due notice; False when it isn't due, is in other hands, or could not be sent."""
    notice = ledger.claim(notice_id, now)
    if notice is None:
        return False
    context = _context(notice)
    if notice.template in ONLY_WHILE_OPEN and context["stage"].state != StageState.OPEN:
        ledger.mark_dropped(notice, now, "The stage was decided before this could be sent.")
        return False
    return _hand_over(notice, _message(notice, context), now)


def _hand_over(notice: Notice, message: EmailMultiAlternatives, now: datetime) -> bool:
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        _failed(notice, now, code, f"{code} {text!r}")
    except SMTPResponseException as error:
        _failed(notice, now, error.smtp_code, f"{error.smtp_code} {error.smtp_error!r}")
    except (SMTPException, OSError) as error:
        _failed(notice, now, 0, type(error).__name__)
    else:
        ledger.mark_sent(notice, now)
        return True
    return False


def _failed(notice: Notice, now: datetime, code: int, problem: str) -> None:
    """SMTP says 5xx when trying again is useless (RFC 5321, 4.2.1)."""
    log.warning("Notice %s was not sent: %s", notice.pk, problem)
    if 500 <= code < 600:
        ledger.mark_dropped(notice, now, problem)
    else:
        ledger.mark_failed(notice, now, problem)


def _message(notice: Notice, context: dict[str, Any]) -> EmailMultiAlternatives:
    name = f"mail/{notice.template}"
    subject = " ".join(render_to_string(f"{name}.subject.txt", context).split())
    message = EmailMultiAlternatives(
        subject,
        render_to_string(f"{name}.txt", context),
        to=[notice.recipient.email],
        headers={
            "Message-ID": f"<notice-{notice.pk}@{urlsplit(settings.SITE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string(f"{name}.html", context), "text/html")
    return message


def _context(notice: Notice) -> dict[str, Any]:
    """What a template may speak of. Nothing here is secret."""
    event = notice.event
    access_request = event.access_request
    row = _subject(event.subject)
    return {
        "site_url": settings.SITE_URL,
        "person": notice.recipient,
        "event": event,
        "access_request": access_request,
        "models": [str(model) for model in access_request.revision.ai_models.all()]
        if access_request
        else [],
        "stage": row if isinstance(row, Stage) else _open_stage(access_request),
        "grant": _grant(row, access_request),
        "key": row if isinstance(row, Key) else None,
    }


def _subject(public_id: str) -> Stage | Grant | Key | None:
    kind, _, rest = public_id.partition("_")
    if public_id.startswith("stage-"):
        return Stage.objects.select_related("step").get(pk=public_id.removeprefix("stage-"))
    if kind == "grant":
        return Grant.objects.get(public_id=public_id)
    if kind == "key":
        return Key.objects.select_related("grant").get(public_id=public_id)
    return None


def _open_stage(access_request: Any) -> Stage | None:
    return access_request.stages.open().first() if access_request else None


def _grant(row: Stage | Grant | Key | None, access_request: Any) -> Grant | None:
    if isinstance(row, Grant):
        return row
    if isinstance(row, Key):
        return row.grant
    return access_request.grants.first() if access_request else None
