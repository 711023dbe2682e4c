"""The format of keys and their stored digest.

A key is `emk_`, 30 base62 characters from the system's CSPRNG, and 6 base62 characters of the
CRC-32 (zlib's) of all before them, most significant first. It encodes nothing.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Callable, Mapping
from typing import Literal, get_args

Kind = Literal["emk", "emt", "ems"]  # key, test key, service token

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
KINDS: tuple[Kind, ...] = get_args(Kind)
PREFIXES = tuple(f"{kind}_" for kind in KINDS)
RANDOM_LENGTH, CHECKSUM_LENGTH = 30, 6  # 30 characters are 178 bits
LENGTH = len("emk_") + RANDOM_LENGTH + CHECKSUM_LENGTH
_BLOCK = 64  # bytes in a block of SHA-256
PATTERN = re.compile(r"\bem[kst]_[0-9A-Za-z]{36}\b")  # published in docs/keys.md
_STARTS = tuple(prefix.encode() for prefix in PREFIXES)
_PAIRS = [(one + other).encode() for one in ALPHABET for other in ALPHABET]


HOLDER = "user-"  # how holders are named to gateways and programs: `user-7`


def holder_id(person: int) -> str:
    return f"{HOLDER}{person}"


def new(kind: Kind = "emk") -> str:
    """Return a new key, test key or service token."""
    if kind not in KINDS:
        raise ValueError("A key is one of " + ", ".join(KINDS))
    return with_checksum(
        f"{kind}_" + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    )


def with_checksum(start: str) -> str:
    return start + checksum(start.encode()).decode()


def checksum(start: bytes) -> bytes:
    rest, low = divmod(zlib.crc32(start), len(_PAIRS))
    high, middle = divmod(rest, len(_PAIRS))
    return _PAIRS[high] + _PAIRS[middle] + _PAIRS[low]


def has_prefix(text: str) -> bool:
    """Return whether it looks like one of ours, complete or not."""
    return text.startswith(PREFIXES)


def is_well_formed(text: object) -> bool:
    """Return whether it can be a key: kind, length, characters, checksum. Never raises."""
    if isinstance(text, str):
        text = text.encode(errors="replace")
    if not isinstance(text, bytes) or len(text) != LENGTH or not text.startswith(_STARTS):
        return False
    # For bytes, isalnum() accepts only ASCII letters and digits.
    return text[4:].isalnum() and text[-CHECKSUM_LENGTH:] == checksum(text[:-CHECKSUM_LENGTH])


def found_in(text: str) -> list[str]:
    """Return the well-formed keys in a longer text, such as a line of code."""
    return [found for found in PATTERN.findall(text) if is_well_formed(found)]


def last_four(key: str) -> str:
    return key[-4:]


def digest(key: str, pepper: bytes) -> bytes:
    """Return HMAC-SHA-256: without the pepper nobody can insert a row that their key opens."""
    return hmac.digest(pepper, key.encode(), hashlib.sha256)


def digester(pepper: bytes) -> Callable[[bytes], bytes]:
    """Return `digest` for one pepper, with its two blocks (RFC 2104) hashed in advance."""
    if len(pepper) > _BLOCK:
        pepper = hashlib.sha256(pepper).digest()
    pepper = pepper.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in pepper)).copy
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in pepper)).copy

    def digest(key: bytes) -> bytes:
        one, other = inner(), outer()
        one.update(key)
        other.update(one.digest())
        return other.digest()

    return digest


def newest_digest(key: str, peppers: Mapping[int, bytes]) -> tuple[int, bytes]:
    """Return the pepper version for a new row, and the digest."""
    version = max(peppers)
    return version, digest(key, peppers[version])


def digests(key: str, peppers: Mapping[int, bytes]) -> list[bytes]:
    """Return the digests under all peppers, newest first; a row may have any of them."""
    return [digest(key, peppers[version]) for version in sorted(peppers, reverse=True)]
