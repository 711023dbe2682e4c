"""Mails of every kind that was sent: of each the first one, by what its HTML part shows."""

import re
from collections.abc import Iterator
from email.message import EmailMessage

from django.utils.text import slugify

from demo import mails
from demo.mails import StoredMail
from demo.shots.scene import MAILS, Screenshot
from requests_app.models import Channel, Notice

STARTS = {"digest": "<digest-", "token-leaked": "<token_"}


def scenes() -> Iterator[Screenshot]:
    known: dict[str, StoredMail] = {}
    for mail in mails.stored():
        known.setdefault(_kind(mail.message), mail)
    for kind, mail in sorted(known.items()):
        if html := mail.text("html"):
            name = f"mail-{kind}"
            yield Screenshot(name, f"/shown/{name}/", looks=MAILS, html=html)


def _kind(mail: EmailMessage) -> str:
    """The template's name, where a notice tells it; else what the subject begins with."""
    if found := re.match(r"<notice-(\d+)@", str(mail["Message-ID"])):
        notice = Notice.objects.get(pk=found.group(1))
        is_digest = notice.channel == Channel.DIGEST  # of a single reminder
        return "digest" if is_digest else notice.template.replace("_", "-")
    for kind, start in STARTS.items():
        if str(mail["Message-ID"]).startswith(start):
            return kind
    subject = str(mail["Subject"]).strip().removeprefix("Emeritus: ")
    return slugify(" ".join(subject.split()[:5]))
