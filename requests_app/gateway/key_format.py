"""What a key looks like and what is kept of it; the only maker and judge of both.

A key is `emk_`, 30 base62 characters from the system's CSPRNG, and 6 base62 characters of the
CRC-32 (zlib's) over all before them, most significant first. Nothing is encoded inside.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Mapping
from typing import Literal, get_args

Kind = Literal["emk", "emt", "ems"]  # key, test key, service token

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
KINDS: tuple[Kind, ...] = get_args(Kind)
PREFIXES = tuple(f"{kind}_" for kind in KINDS)
RANDOM, CHECKSUM = 30, 6  # 30 characters are 178 bits
LENGTH = len("emk_") + RANDOM + CHECKSUM
_SHAPE = re.compile(r"em[kst]_[0-9A-Za-z]{36}")
PATTERN = re.compile(rf"\b{_SHAPE.pattern}\b")  # published in docs/keys.md


def new(kind: Kind = "emk") -> str:
    """A fresh key, test key or service token."""
    if kind not in KINDS:
        raise ValueError("A key is one of " + ", ".join(KINDS))
    return with_checksum(f"{kind}_" + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM)))


def with_checksum(start: str) -> str:
    rest, digits = zlib.crc32(start.encode()), ""
    for _ in range(CHECKSUM):
        rest, digit = divmod(rest, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return start + digits


def has_prefix(text: str) -> bool:
    """Whether it was meant to be one of ours, whole or not."""
    return text.startswith(PREFIXES)


def is_well_formed(text: object) -> bool:
    """Whether it could be a key: kind, length, characters, checksum. Never raises."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    if not isinstance(text, str) or len(text) != LENGTH or not _SHAPE.fullmatch(text):
        return False
    return text == with_checksum(text[:-CHECKSUM])


def found_in(text: str) -> list[str]:
    """The keys in a longer text, such as a line of code; what only looks like one is left out."""
    return [found for found in PATTERN.findall(text) if is_well_formed(found)]


def last_four(key: str) -> str:
    return key[-4:]


def digest(key: str, pepper: bytes) -> bytes:
    """HMAC-SHA-256: without the pepper nobody can plant a row that a key of theirs opens."""
    return hmac.digest(pepper, key.encode(), hashlib.sha256)


def newest_digest(key: str, peppers: Mapping[int, bytes]) -> tuple[int, bytes]:
    """The pepper version for a new row, and the digest with it."""
    version = max(peppers)
    return version, digest(key, peppers[version])


def digests(key: str, peppers: Mapping[int, bytes]) -> list[bytes]:
    """Under every version, newest first: the ways in which a key's row may be written."""
    return [digest(key, peppers[version]) for version in sorted(peppers, reverse=True)]
