"""Build an email from one template: subject, HTML part and text part."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from lifecycle.text import mail_parts


def compose(
    template: str, context: dict[str, Any], *, to: str, message_id: str = "", **headers: str
) -> EmailMultiAlternatives:
    """Render an email in the active language; `message_id` identifies one that may be resent."""
    html = _render(template, context)
    subject, text = mail_parts.read(html)
    named = {"Message-ID": f"<{message_id}@{urlsplit(settings.SITE_URL).hostname}>"}
    message = EmailMultiAlternatives(
        subject,
        text,
        to=[to],
        headers={"Auto-Submitted": "auto-generated", **(named if message_id else {}), **headers},
    )
    message.attach_alternative(html, "text/html")
    return message


def subject(template: str, context: dict[str, Any]) -> str:
    """Return the subject alone, for other channels."""
    return mail_parts.read(_render(template, context)).subject


def _render(template: str, context: dict[str, Any]) -> str:
    return render_to_string(template, {**context, "site_url": settings.SITE_URL})
