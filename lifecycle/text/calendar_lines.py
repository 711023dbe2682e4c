"""The content lines of iCalendar (RFC 5545): escaped, and folded to 75 octets.

Our own, since a calendar of 1,000 events takes the `icalendar` package half a second to write.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

MAX_OCTETS = 75
_UNPRINTABLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
# Section 3.3.11; a line end of any kind is a new line.
_ESCAPED = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None}
_WRITTEN = str.maketrans(_ESCAPED) | _UNPRINTABLE


def text(value: str) -> str:
    """Return a TEXT value."""
    return value.replace("\r\n", "\n").translate(_WRITTEN)


def moment(at: datetime) -> str:
    """Return a DATE-TIME in UTC."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def day(value: date) -> str:
    """Return a DATE."""
    return f"{value:%Y%m%d}"


def join(lines: Iterator[str]) -> bytes:
    """Return a stream of folded lines."""
    return b"".join(_folded(line) + b"\r\n" for line in lines)


def _folded(line: str) -> bytes:
    """Return a line in parts of at most 75 octets (section 3.1)."""
    whole = line.encode()
    return whole if len(whole) <= MAX_OCTETS else b"\r\n ".join(_parts(whole))


def _parts(left: bytes) -> Iterator[bytes]:
    """Yield the parts of a long line; none ends within a character."""
    most = MAX_OCTETS
    while len(left) > most:
        end = most
        while left[end] & 0xC0 == 0x80:  # a later octet of a character in UTF-8
            end -= 1
        yield left[:end]
        left, most = left[end:], MAX_OCTETS - 1  # the blank that marks a continued line counts
    yield left
