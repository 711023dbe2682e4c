"""Deliver notices to all CHAT_URLS through Apprise: a line and a link each."""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings

from lifecycle import mail_message
from requests_app.models import Notice
from requests_app.notices import outbox
from requests_app.notices.content.desk_pages import page_of
from requests_app.notices.content.mail_context import stage_title

log = logging.getLogger(__name__)


def hand_over(notice: Notice, context: dict[str, Any], now: datetime) -> bool:
    """Post a claimed notice to all channels, whose URLs are secrets and stay out of the log."""
    import apprise  # it takes a tenth of a second, in every process

    channels = apprise.Apprise()
    channels.add(settings.CHAT_URLS)
    # What a request says isn't for a channel outside: its models are enough to find it.
    models = context["models"]
    told = {**context, "title": models, "stage_title": stage_title(context["stage"], models)}
    subject = mail_message.subject(f"mail/{notice.template}.html", told)
    desk = page_of(context)
    if channels.notify(title=subject, body=f"{settings.SITE_URL}{desk}"):
        outbox.mark_sent(notice, now)
        return True
    log.warning("Notice %s did not reach all %d chat channels.", notice.pk, len(channels))
    outbox.mark_failed(notice, now, "A chat channel did not take it.")
    return False
