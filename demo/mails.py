"""Reads the mails that the demo's worker left under var/mail."""

from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage

from lifecycle.config import embedded

LINE_BETWEEN = b"\n" + b"-" * 79 + b"\n"  # Django's file backend writes it after each message


def subjects_about(recipient: str, *public_ids: str) -> Counter[str]:
    """How often each subject was sent to somebody, of the mails that link to one of these."""
    mails = (mail for mail in _mails() if mail["To"] == recipient)
    return Counter(
        str(mail["Subject"])
        for mail in mails
        if any(public_id in _text(mail) for public_id in public_ids)
    )


def _mails() -> list[EmailMessage]:
    files = sorted((embedded.var() / "mail").glob("*.log"))
    # What follows the last line isn't a mail yet.
    parts = [part for path in files for part in path.read_bytes().split(LINE_BETWEEN)[:-1]]
    return [message_from_bytes(part, _class=EmailMessage, policy=policy.default) for part in parts]


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""
