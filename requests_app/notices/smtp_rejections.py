"""Distinguish a permanent refusal of one address from any other mail failure.

Only the former is final. Anything else, such as an expired relay password, says nothing about the
recipient and is retried.
"""

import re
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

# Permanent replies about a recipient (RFC 5321, 4.3.2 and 3.4; RFC 7504 for 556).
PERMANENT = (550, 551, 552, 553, 556)
_ENHANCED = re.compile(rb"\s*5\.(\d{1,3})\.(\d{1,3})\b")
# RFC 3463, 3.2 and 3.3: x.1 is about the recipient's address and x.2 about their mailbox, but
# x.1.7 and x.1.8 are about the sender's. All others are about us: 5.7.1 is "relay access denied".
ADDRESSING, MAILBOX = b"1", b"2"
OF_THE_SENDER = (b"7", b"8")
# Servers without enhanced codes (RFC 2034) use 550 for "we don't relay for you" as well.
_ABOUT_US = re.compile(rb"relay|authenti|blocked|blacklist|administrative", re.IGNORECASE)


def is_for_good(error: Exception) -> bool:
    """Return whether the server permanently refused this recipient's address."""
    # A refused sender or content (SMTPSenderRefused, SMTPDataError) isn't the recipient's fault.
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    return all(_is_of_recipient(*answer) for answer in error.recipients.values())


def described(error: Exception) -> str:
    """Describe the failure, quoting the server's reply if there is one."""
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
