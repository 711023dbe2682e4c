"""The one form in which an email address is stored and compared. Pure functions.

Hosts are mapped and checked by UTS 46 (non-transitional, STD3 rules) and kept as people read them.
An address that would be stored as something else than what is seen is refused, not mapped: a soft
hyphen, full-width letters or another full stop make no second account, and none under a false name.
"""

import re
import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# A dot-atom (RFC 5322, 3.2.3) but "?", with which a mail would say another name (RFC 2047).
_NAME = re.compile(r"[A-Za-z0-9.!#$%&'*+/=^_`{|}~-]+")
_ENCODED = re.compile(r"(?:^|\.)xn--", re.IGNORECASE)
MAX_LENGTH = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets


class NotAnAddress(ValueError):
    """No mail can go to it as it is written. `is_unclear`: it reads like one, and isn't it."""

    def __init__(self, *, is_unclear: bool = False) -> None:
        super().__init__("not an email address")
        self.is_unclear = is_unclear


def stored_form(email: str) -> str:
    """In lower case, the host as it is read. Raises NotAnAddress."""
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
    """Whether it is under .invalid (RFC 2606), where deleted accounts have theirs."""
    return email.rpartition("@")[2].rpartition(".")[2] == "invalid"


def comparable_address(email: str) -> str:
    """For looking up what somebody typed: the stored form, or what was typed where it has none."""
    try:
        return stored_form(email)
    except NotAnAddress:
        return email.strip().lower()


def _is_other_in_ascii(name: str) -> bool:
    return not name.isascii() and unicodedata.normalize("NFKC", name).isascii()


def _stored_host(host: str) -> str:
    if host.isascii() and not _ENCODED.search(host):
        if host.startswith("["):  # a number in the network where mail is sent from
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
    """Whether Django's mails, which go by IDNA 2003, reach this host: to them ß is ss."""
    return read.encode("idna") == encoded.encode()


def _as_written(host: str, encoded: str) -> str:
    if not host.isascii():
        raise NotAnAddress(is_unclear=True)
    return encoded
