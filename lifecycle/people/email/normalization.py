"""The one form in which email addresses are stored and compared. Pure functions.

Hosts are mapped and checked by UTS 46 (non-transitional, STD3 rules) and stored as people read
them. An address that would be stored differently from how it looks is refused, not mapped: soft
hyphens, full-width letters or another full stop can't create a second or deceptive account.
"""

import re
import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# A dot-atom (RFC 5322, 3.2.3) without "?", which may begin an encoded word (RFC 2047).
_NAME = re.compile(r"[A-Za-z0-9.!#$%&'*+/=^_`{|}~-]+")
_ENCODED = re.compile(r"(?:^|\.)xn--", re.IGNORECASE)
MAX_LENGTH = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets


class NotAnAddress(ValueError):
    """No email can be delivered to it as written; `is_unclear` if it only looks like an address."""

    def __init__(self, *, is_unclear: bool = False) -> None:
        super().__init__("not an email address")
        self.is_unclear = is_unclear


def stored_form(email: str) -> str:
    """Return the address in lower case with a readable host. Raises NotAnAddress."""
    name, _at, host = email.strip().rpartition("@")
    if not _NAME.fullmatch(name):
        raise NotAnAddress(is_unclear=_is_other_in_ascii(name))
    stored = f"{name.lower()}@{_stored_host(host)}"
    try:
        validate_email(stored)
    except ValidationError:
        raise NotAnAddress from None
    if len(stored) > MAX_LENGTH:
        raise NotAnAddress
    return stored


def leads_nowhere(email: str) -> bool:
    """Return whether it is under .invalid (RFC 2606), as addresses of deleted accounts are."""
    return email.rpartition("@")[2].rpartition(".")[2] == "invalid"


def comparable_address(email: str) -> str:
    """Return the stored form for a look-up, or the input in lower case if there is none."""
    try:
        return stored_form(email)
    except NotAnAddress:
        return email.strip().lower()


def _is_other_in_ascii(name: str) -> bool:
    return not name.isascii() and unicodedata.normalize("NFKC", name).isascii()


def _stored_host(host: str) -> str:
    if host.isascii() and not _ENCODED.search(host):
        # An IP literal may lead into the network that email is sent from.
        if host.startswith("["):
            raise NotAnAddress
        return host.lower()
    try:
        read = idna.decode(host, uts46=True, std3_rules=True)
        encoded = idna.encode(read).decode()
        if not host.isascii() and read != unicodedata.normalize("NFC", host).lower():
            raise NotAnAddress(is_unclear=True)
        return read if _reaches(read, encoded) else _as_written(host, encoded)
    except UnicodeError:  # as are idna's
        raise NotAnAddress from None


def _reaches(read: str, encoded: str) -> bool:
    """Return whether Django's email, which uses IDNA 2003 (ß becomes ss), reaches this host."""
    return read.encode("idna") == encoded.encode()


def _as_written(host: str, encoded: str) -> str:
    if not host.isascii():
        raise NotAnAddress(is_unclear=True)
    return encoded
