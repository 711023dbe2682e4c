"""Tells owners of service tokens that were reported. A token has no chain, and so no notice row."""

import logging
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from lifecycle.mail_transport import FAULTS, hand_over
from lifecycle.people import languages, profiles
from requests_app.models import ServiceToken
from requests_app.notices import outbox, smtp_rejections

log = logging.getLogger(__name__)

TEMPLATE = "mail/token_leaked"


@transaction.atomic
def send_token_leaked(token_id: int, *, now: datetime) -> bool:
    """Mail the owner once; False when that is done, isn't due, is being done, or failed."""
    due = (
        ServiceToken.objects.leaked_awaiting_notice(now).filter(pk=token_id).select_related("owner")
    )
    token = due.select_for_update(of=("self",), skip_locked=True).first()
    if token is None:
        return False
    try:
        with translation.override(languages.of_person(token.owner)):
            hand_over(_message(token))
    except FAULTS as error:
        _failed(token, now, error)
        return False
    token.owner_told_at = now
    token.save(update_fields=["owner_told_at"])
    profiles.note_mail_problem(token.owner, "")
    return True


def _failed(token: ServiceToken, now: datetime, error: Exception) -> None:
    """Given up only for what was said of this address, as every notice is."""
    problem = smtp_rejections.described(error)
    log.warning("The owner of %s was not told: %s", token.public_id, problem)
    token.telling_tries += 1
    if smtp_rejections.is_for_good(error):
        token.telling_given_up_at = now
        profiles.note_mail_problem(token.owner, problem)
    else:
        token.tell_owner_at = now + outbox.pause_after(token.telling_tries)
    token.save(update_fields=["telling_tries", "tell_owner_at", "telling_given_up_at"])


def _message(token: ServiceToken) -> EmailMultiAlternatives:
    context = {"person": token.owner, "token": token, "site_url": settings.SITE_URL}
    message = EmailMultiAlternatives(
        " ".join(render_to_string(f"{TEMPLATE}.subject.txt", context).split()),
        render_to_string(f"{TEMPLATE}.txt", context),
        to=[token.owner.email],
        headers={
            "Message-ID": f"<{token.public_id}@{urlsplit(settings.SITE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string(f"{TEMPLATE}.html", context), "text/html")
    return message
