"""The deadline of a step as a calendar file (RFC 5545), for the emails that ask to decide it.

The email that says that there is nothing left to decide cancels it (RFC 5546).
"""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from lifecycle.text.calendar_lines import join, moment, text
from requests_app.models import Event, Stage
from requests_app.notices.content.desk_pages import page_of
from requests_app.states import StageState

FILE_NAME, CONTENT_TYPE = "deadline.ics", "text/calendar"
LENGTH = timedelta(minutes=30)  # so that every program draws it; it ends with the deadline


def file_of(event: Event, context: dict[str, Any]) -> str:
    """Return the file; another one of the same step replaces it in the reader's calendar."""
    return join(_lines(event, context)).decode()


def _lines(event: Event, context: dict[str, Any]) -> Iterator[str]:
    stage: Stage = context["stage"]
    assert stage.due_at  # a stage that has opened has both dates (constraint)
    assert stage.opened_at
    has_ended = stage.state != StageState.OPEN
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//Emeritus//Deadlines//EN"
    yield f"METHOD:{'CANCEL' if has_ended else 'PUBLISH'}"
    yield "BEGIN:VEVENT"
    yield f"UID:stage-{stage.pk}@{urlsplit(settings.SITE_URL).hostname}"
    # By time: the number of the event would count votes that are still hidden.
    yield f"SEQUENCE:{(event.at - stage.opened_at) // timedelta(seconds=1) + has_ended}"
    yield f"DTSTAMP:{moment(event.at)}"
    # Required (RFC 5546, section 3.2): only who has published an event cancels it.
    yield f"ORGANIZER:mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
    yield f"DTSTART:{moment(stage.due_at - LENGTH)}"
    yield f"DTEND:{moment(stage.due_at)}"
    yield f"SUMMARY:{text(_summary(stage, context))}"
    yield f"URL:{settings.SITE_URL}{page_of(context)}"
    yield "TRANSP:TRANSPARENT"  # it keeps nobody from other appointments
    if has_ended:
        yield "STATUS:CANCELLED"
    yield "END:VEVENT"
    yield "END:VCALENDAR"


def _summary(stage: Stage, context: dict[str, Any]) -> str:
    # Colleagues may see the calendar: the models are enough to find it, as in chat channels.
    told = {"step": stage.step.name, "models": context["models"]}
    return _("Decide “%(step)s”: %(models)s") % told
