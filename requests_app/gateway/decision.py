"""Decide whether a key may make a call: a pure function of its row and the time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Protocol

from requests_app.gateway.http.problems import (
    ADDRESS_NOT_NAMED,
    EXPIRED_KEY,
    GRANT_SUSPENDED,
    HOLDER_NOT_IN_GOOD_STANDING,
    MODEL_WITHDRAWN,
    NOT_STARTED,
    REVOKED_KEY,
    UNKNOWN_KEY,
    WRONG_MODEL,
    WRONG_NETWORK,
    WRONG_OPERATION,
    Problem,
)

# The states of requests_app.states, which needs Django. An unknown state raises KeyError and the
# answer is 503, so a new state never lets a key pass by accident.
KEY_STATE_PROBLEMS: Mapping[str, Problem | None] = {
    "issuing": NOT_STARTED,
    "active": None,
    "retiring": None,
    "expired": EXPIRED_KEY,
    "revoking": REVOKED_KEY,
    "revoked": REVOKED_KEY,
    "failed": UNKNOWN_KEY,
}
GRANT_STATE_PROBLEMS: Mapping[str, Problem | None] = {
    "waiting": NOT_STARTED,
    "active": None,
    "suspended": GRANT_SUSPENDED,
    "ended": EXPIRED_KEY,
    "revoked": REVOKED_KEY,
}
# Of several reasons the holder is given the most final one.
BY_SEVERITY = (
    UNKNOWN_KEY,
    REVOKED_KEY,
    EXPIRED_KEY,
    HOLDER_NOT_IN_GOOD_STANDING,
    GRANT_SUSPENDED,
    NOT_STARTED,
)


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """The limits of a grant; None means no limit. Days are UTC, spend is in millionths of a USD."""

    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    tokens_per_day: int | None = None
    spend: int | None = None


@dataclass(frozen=True, slots=True)
class KeyUsage:
    """The usage of a grant that was recorded when the row was read."""

    requests_today: int = 0
    tokens_today: int = 0
    spend: int = 0


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key with everything that decides whether it is valid. Times are aware."""

    key: str
    key_state: str
    expires_at: datetime
    refused_from: datetime | None
    grant: str
    grant_state: str
    operations: Collection[str]
    activated_at: datetime | None
    ends_at: datetime | None
    holder: int
    in_good_standing: bool
    models: Mapping[str, datetime | None]
    """Model identifiers, each with the time of its withdrawal or None."""

    is_member: bool = True
    """Whether its holder is the grant's, or still one of its collaborators."""

    networks: Collection[IPv4Network | IPv6Network] = ()
    """The networks it works from; anywhere if empty."""

    limits: KeyLimits = KeyLimits()
    used: KeyUsage = KeyUsage()
    confirm_by: datetime | None = None
    """The deadline to confirm a long grant, which counts as suspended from then on."""

    key_id: int = 0
    model_ids: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetiredModel:
    """A retirement, as shown to a caller without a key."""

    identifier: str
    platform: str
    announced: date | None
    retired_on: date
    replacement: str | None
    by_request: bool


class Store(Protocol):
    """A source of rows; the cache is a Store in front of another."""

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def ping(self) -> None:
        """Raise an exception if no key could be looked up now."""

    async def key(self, digests: Sequence[bytes]) -> KeyRow | None: ...
    async def retired(self, identifier: str, today: date) -> RetiredModel | None:
        """Return the retirement; None for a model that is unknown or served. `today` is UTC."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """An allowed call: the key, its grant and holder, and the latest end."""

    key: str
    grant: str
    holder: int
    ends_at: datetime


def decide(
    row: KeyRow, now: datetime, model: str, operation: str, address: str = ""
) -> Allowed | Problem:
    """Decide whether the key may call `operation` on `model` at `now`, or why not.

    `address` is the caller's, as seen by the gateway in front.
    """
    problem = (
        why_not_live(row, now)
        or why_not_from(row, address)
        or _why_out_of_scope(row, now, model, operation)
    )
    if problem is not None:
        return problem
    return Allowed(row.key, row.grant, row.holder, end(row, row.models[model]))


def why_not_live(row: KeyRow, now: datetime) -> Problem | None:
    """The most serious reason this key is unusable, or None."""
    reasons = {KEY_STATE_PROBLEMS[row.key_state], GRANT_STATE_PROBLEMS[row.grant_state]}
    if row.refused_from is not None or not row.is_member:
        reasons.add(REVOKED_KEY)
    if now >= end(row):
        reasons.add(EXPIRED_KEY)
    if not row.in_good_standing:
        reasons.add(HOLDER_NOT_IN_GOOD_STANDING)
    # The clock decides, not the sweep that suspends it, which may run late.
    if row.confirm_by is not None and now >= row.confirm_by:
        reasons.add(GRANT_SUSPENDED)
    if row.activated_at is None or row.ends_at is None or now < row.activated_at:
        reasons.add(NOT_STARTED)
    return min(filter(None, reasons), key=BY_SEVERITY.index, default=None)


def why_not_from(row: KeyRow, address: str) -> Problem | None:
    """Return why a key limited to networks can't be used from `address`, or None."""
    if not row.networks:
        return None
    try:
        caller = ip_address(address)
    except ValueError:
        return ADDRESS_NOT_NAMED
    # ::ffff:192.0.2.1 is how a dual-stack socket shows 192.0.2.1 (RFC 4291, 2.5.5.2).
    caller = getattr(caller, "ipv4_mapped", None) or caller
    return None if any(caller in network for network in row.networks) else WRONG_NETWORK


def _why_out_of_scope(row: KeyRow, now: datetime, model: str, operation: str) -> Problem | None:
    if model not in row.models:
        return WRONG_MODEL
    withdrawn_at = row.models[model]
    if withdrawn_at is not None and now >= withdrawn_at:
        return MODEL_WITHDRAWN
    if operation not in row.operations:
        return WRONG_OPERATION
    return None


def end(row: KeyRow, withdrawn_at: datetime | None = None) -> datetime:
    """Return when access ends: the earliest end of key, grant and model."""
    return min(filter(None, (row.expires_at, row.ends_at, withdrawn_at)))
