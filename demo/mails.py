"""Reads the mails that the demo's worker left under var/mail."""

from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage

from lifecycle.embedded import embedded

LINE_BETWEEN = b"\n" + b"-" * 79 + b"\n"  # Django's file backend writes it after each message


def subjects_about(recipient: str, *public_ids: str) -> Counter[str]:
    """How often each subject was sent to somebody, of the mails that link to one of these."""
    mails = (mail for mail in all_mails() if mail["To"] == recipient)
    return Counter(
        str(mail["Subject"]).strip()  # a long one may be folded before its first word
        for mail in mails
        if any(public_id in _text(mail) for public_id in public_ids)
    )


def newest_link(recipient: str, part: str) -> str:
    """The address in the last mail to somebody that has `part` in it."""
    text = " ".join(_text(mail) for mail in all_mails() if mail["To"] == recipient)
    return [word for word in text.split() if part in word][-1]


def all_mails() -> list[EmailMessage]:
    """In the order in which they were sent."""
    files = sorted((embedded.var() / "mail").glob("*.log"))
    # What follows the last line isn't a mail yet.
    parts = [part for path in files for part in path.read_bytes().split(LINE_BETWEEN)[:-1]]
    return [message_from_bytes(part, _class=EmailMessage, policy=policy.default) for part in parts]


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""
