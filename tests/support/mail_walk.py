"""Renders the mails that are due in both languages, and opens the link of each as its reader."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation

from lifecycle import mail_message
from lifecycle.people.models import User
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Grant, Notice
from requests_app.notices.content import mail_context
from tests.conftest import ask_for
from tests.support import accepted_collaborators

BUTTON = re.compile(r'<a\s+href="([^"]+)"\s+class="button"')
LEFT_OVER = re.compile(r"\{[{%]|%\(|\bNone\b")

Get = Callable[[str], Any]  # a fixture by its name


@dataclass
class MailWalk:
    """The templates that were seen so far."""

    seen: set[str] = field(default_factory=set)

    def go(self) -> set[str]:
        """Look at all mails that are due now, and count them as sent."""
        now = timezone.now()
        due = Notice.objects.due(now).select_related("event__access_request", "recipient")
        for notice in due.exclude(channel="chat").order_by("pk"):
            context = mail_context.of_notice(notice)
            if not mail_context.is_too_late(notice, context, now):
                look_at(notice.template, context, notice.recipient or _owner_of(notice.address))
                self.seen.add(notice.template)
        due.update(sent_at=now)
        return self.seen


Walk = Callable[[Get, MailWalk], None]


def seen_on(walk: Walk, get: Get) -> set[str]:
    """The templates of all mails of a walk, each looked at."""
    looked_at = MailWalk()
    walk(get, looked_at)
    return looked_at.seen


def look_at(template: str, context: dict[str, Any], reader: User | None) -> None:
    texts = {language: _written(template, context, language) for language in ("en", "de")}
    assert texts["en"][0] != texts["de"][0], f"The subject of {template} isn't translated."
    addresses = set()
    for subject, text, html in texts.values():
        (address,) = BUTTON.findall(html)
        assert not LEFT_OVER.search(subject + text), (template, text)
        assert address in text.replace("&amp;", "&")
        addresses.add(address.replace("&amp;", "&"))
    for address in addresses:
        opens(reader, address, template)


def opens(reader: User | None, address: str, template: str) -> None:
    assert address.startswith(f"{settings.SITE_URL}/"), (template, address)
    client = Client()
    if reader:
        client.force_login(reader)
    path = address.removeprefix(settings.SITE_URL).partition("#")[0]
    response = client.get(path, follow=True)
    went = [to for to, _status in response.redirect_chain]
    assert response.status_code == 200, (template, reader, path, response.status_code)
    assert not any("login" in to for to in went), (template, reader, went)


def _written(template: str, context: dict[str, Any], language: str) -> tuple[str, str, str]:
    with translation.override(language):
        message = mail_message.compose(f"mail/{template}.html", context, to="a@example.org")
    (html, _kind), *_none = message.alternatives
    return str(message.subject), str(message.body), str(html)


def _owner_of(address: str) -> User:
    """Whoever signs up with an invited address."""
    owner, _ = User.objects.get_or_create(email=address, defaults={"full_name": "New"})
    EmailAddress.objects.get_or_create(user=owner, email=address, verified=True, primary=True)
    return owner


def passed(row: AccessRequest, by: User, **less: Any) -> None:
    stage = row.stages.open().get()
    scope = stage.revision.scope()
    cut = replace(scope, **less) if less else None
    votes.approve(stage, by=by, reason="Sound.", shown=stage.revision.digest(), narrowed_to=cut)


def shared(get: Get, days: int = 90) -> AccessRequest:
    """Alice's request with Bob, in review."""
    asked = replace(ask_for(get("opus"), days=days), collaborators=(get("bob").email,))
    return accepted_collaborators.save(asked, by=get("alice"), submit=True)


def shared_grant(get: Get, days: int = 90) -> Grant:
    row = shared(get, days)
    passed(row, get("rita"))
    return row.grants.get()


def at(moment: Any) -> Any:
    return time_machine.travel(moment, tick=False)
