"""Reads the mails that the demo's processes left under var/mail."""

from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

from lifecycle.embedded import embedded

READ: dict[str, Any] = {"_class": EmailMessage, "policy": policy.default}
LINE_BETWEEN = b"\n" + b"-" * 79 + b"\n"  # Django's file backend writes it after each message


@dataclass(frozen=True)
class StoredMail:
    """One mail; its name is that of its file, and its number there."""

    name: str
    written: bytes

    @cached_property
    def headers(self) -> EmailMessage:
        """Without the body, which takes long to read."""
        return cast(EmailMessage, BytesHeaderParser(**READ).parsebytes(self.written))

    @cached_property
    def message(self) -> EmailMessage:
        return cast(EmailMessage, message_from_bytes(self.written, **READ))

    def text(self, kind: str = "plain") -> str:
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body else ""


def subjects_about(recipient: str, *public_ids: str) -> Counter[str]:
    """How often each subject was sent to somebody, of the mails that link to one of these."""
    mails = (mail for mail in stored() if mail.headers["To"] == recipient)
    return Counter(
        str(mail.headers["Subject"]).strip()  # a long one may be folded before its first word
        for mail in mails
        if any(public_id in mail.text() for public_id in public_ids)
    )


def newest_link(recipient: str, part: str) -> str:
    """The address in the last mail to somebody that has `part` in it."""
    text = " ".join(mail.text() for mail in stored() if mail.headers["To"] == recipient)
    return [word for word in text.split() if part in word][-1]


def stored() -> list[StoredMail]:
    """All mails, in the order in which they were sent."""
    files = sorted((embedded.var() / "mail").glob("*.log"))
    return [mail for path in files for mail in _mails_in(path, path.stat().st_size)]


@lru_cache(maxsize=10_000)
def _mails_in(path: Path, size: int) -> tuple[StoredMail, ...]:
    """Those of a file, read again when it has grown to another size."""
    parts = path.read_bytes()[:size].split(LINE_BETWEEN)[:-1]  # what follows isn't a mail yet
    return tuple(StoredMail(f"{path.stem}-{place}", part) for place, part in enumerate(parts))
