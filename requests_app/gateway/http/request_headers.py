"""Read the headers of a call: the key, and the model, operation and address from the gateway."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from requests_app.gateway.http.problems import MALFORMED_KEY, MODEL_NOT_NAMED, Problem

AUTHORIZATION, API_KEY = b"authorization", b"x-api-key"
MODEL, OPERATION = b"x-emeritus-model", b"x-emeritus-operation"
ADDRESS = b"x-emeritus-address"
READ_HEADERS = frozenset({AUTHORIZATION, API_KEY, MODEL, OPERATION, ADDRESS})
BEARER = b"Bearer "
DEFAULT_OPERATION = b"messages"
MAX_NAME_BYTES = 400  # bytes; AIModel.identifier has at most 100 characters
MAX_ADDRESS_LENGTH = 45  # characters of an IPv6 address that holds an IPv4 one


@dataclass(frozen=True, slots=True)
class GatewayCall:
    """A call to check. `key` is whatever was sent as one, empty if nothing was."""

    key: str = field(repr=False)
    model: str
    operation: str
    address: str = ""


Question = tuple[bytes | None, ...]
"""Model, operation and address as sent."""
QuickRead = tuple[bytes, Question]
"""The key, and the question it comes with."""


def quick_read(headers: Iterable[tuple[bytes, bytes]]) -> QuickRead | None:
    """Read the headers of a common call; None if they need the closer look of `read`."""
    sent: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in READ_HEADERS:
            if name in sent:
                return None
            sent[name] = value
    key = sent.get(API_KEY)
    if AUTHORIZATION in sent:
        if key is not None or not sent[AUTHORIZATION].startswith(BEARER):
            return None
        key = sent[AUTHORIZATION][len(BEARER) :]
    if key is None:
        return None
    return key, (sent.get(MODEL), sent.get(OPERATION), sent.get(ADDRESS))


def read(headers: Iterable[tuple[bytes, bytes]]) -> GatewayCall | Problem:
    """Read all headers of interest; a repeated one is refused, never chosen from.

    Header names are lower case, as in ASGI.
    """
    values: dict[bytes, list[bytes]] = {name: [] for name in READ_HEADERS}
    for name, value in headers:
        if name in values:
            values[name].append(value)
    model = _name(values[MODEL])
    operation = _name(values[OPERATION] or [DEFAULT_OPERATION])
    if model is None or operation is None:
        return MODEL_NOT_NAMED
    if len(values[AUTHORIZATION]) > 1 or len(values[API_KEY]) > 1:
        return MALFORMED_KEY
    keys = {*map(_bearer, values[AUTHORIZATION]), *(value.strip() for value in values[API_KEY])}
    keys.discard(b"")
    if len(keys) > 1:
        return MALFORMED_KEY
    key = "".join(key.decode("latin-1") for key in keys)
    return GatewayCall(key, model, operation, _address(values[ADDRESS]))


def _bearer(value: bytes) -> bytes:
    """Return the token (RFC 6750, 2.1); the scheme is case-insensitive (RFC 9110, 11.1)."""
    scheme, _, token = value.partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""


def _address(values: Sequence[bytes]) -> str:
    """Return the address, empty in doubt: keys limited to networks are refused then."""
    if len(values) != 1 or len(values[0]) > MAX_ADDRESS_LENGTH:
        return ""
    return values[0].decode("latin-1")


def _name(values: Sequence[bytes]) -> str | None:
    """Return the one readable name, or None in doubt."""
    if len(values) != 1 or not 0 < len(values[0]) <= MAX_NAME_BYTES:
        return None
    with suppress(UnicodeDecodeError):
        name = values[0].decode()
        return name if name.isprintable() else None
    return None
