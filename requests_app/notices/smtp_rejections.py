"""Tells a mail server's no to one address from every other fault of the way to it.

Only the first kind is for good. Whatever else goes wrong, such as a relay's password that expired,
says nothing of the person at the end, and is tried again.
"""

import re
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

# What is said of a recipient for good (RFC 5321, 4.3.2 and 3.4; RFC 7504 for 556).
PERMANENT = (550, 551, 552, 553, 556)
_ENHANCED = re.compile(rb"\s*5\.(\d{1,3})\.(\d{1,3})\b")
# RFC 3463, 3.2 and 3.3: about the recipient's address, and about their mailbox; 1.7 and 1.8 are
# about the sender's. What is left is about us: 5.7.1 is "relay access denied".
ADDRESSING, MAILBOX = b"1", b"2"
OF_THE_SENDER = (b"7", b"8")
# Servers without enhanced codes (RFC 2034) say with 550, too, that they don't relay for us.
_ABOUT_US = re.compile(rb"relay|authenti|blocked|blacklist|administrative", re.IGNORECASE)


def is_for_good(error: Exception) -> bool:
    """Whether the server said that this recipient's address takes no mail, now or later."""
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    return all(_is_of_recipient(*answer) for answer in error.recipients.values())


def described(error: Exception) -> str:
    """What went wrong, with the server's own words where it said something."""
    if isinstance(error, SMTPRecipientsRefused):
        return "; ".join(f"{code} {reply!r}" for code, reply in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return f"{error.smtp_code} {error.smtp_error!r}"
    if isinstance(error, SMTPException | OSError):
        return type(error).__name__
    return f"It could not be written: {type(error).__name__}."


def _is_of_recipient(code: int, reply: bytes) -> bool:
    enhanced = _ENHANCED.match(reply)
    if enhanced is None:
        return code in PERMANENT and not _ABOUT_US.search(reply)
    subject, detail = enhanced.groups()
    of_theirs = subject == MAILBOX or (subject == ADDRESSING and detail not in OF_THE_SENDER)
    return 500 <= code < 600 and of_theirs
