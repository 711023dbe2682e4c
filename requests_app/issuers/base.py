"""The interface of an issuer (another gateway's key store), and the terms of its keys."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

# A gateway that takes a duration, as LiteLLM does, stores a slightly later end.
CLOCK_TOLERANCE = timedelta(seconds=90)


@dataclass(frozen=True)
class KeyTerms:
    """What a key allows at a gateway, under that gateway's model names; the budget is in USD.

    Without any model it is blocked.
    """

    models: tuple[str, ...]
    ends_at: datetime
    budget: float | None = None
    requests_per_minute: int | None = None
    is_blocked: bool = False


class ListedKey(NamedTuple):
    """A key as the gateway lists it; `is_ours` if it was created by this installation."""

    reference: str
    token: str
    models: tuple[str, ...]
    ends_at: datetime | None
    budget: float | None
    requests_per_minute: int | None
    is_blocked: bool
    is_ours: bool
    spent: float | None = None
    """What the gateway itself counts for the key, in USD."""

    def differs(self, terms: KeyTerms) -> bool:
        """Return whether the key has other terms; limits that we don't set are the gateway's."""
        return (
            # Without models the key is only blocked: there an empty list would allow all of them.
            (bool(terms.models) and sorted(self.models) != sorted(terms.models))
            or self.is_blocked != terms.is_blocked
            or self.ends_at is None
            or abs(self.ends_at - terms.ends_at) > CLOCK_TOLERANCE
            or (terms.budget is not None and self.budget != terms.budget)
            or (terms.requests_per_minute or self.requests_per_minute) != self.requests_per_minute
        )


class IssuerError(Exception):
    """A gateway refused or its answer is unknown; the message holds no secret."""


class Unreachable(IssuerError):
    """The gateway is down, busy or too slow, so another call now would hardly do better."""


class Issuer(Protocol):
    """Another gateway's key store. Every call returns within seconds or raises IssuerError."""

    name: str
    models: Mapping[str, str]

    def create(self, reference: str, secret: str, terms: KeyTerms) -> None:
        """Create a key. Never retried: after an error it may exist or not."""

    def delete(self, reference: str) -> bool:
        """Delete a key; True if it existed, False if there was none."""

    def find(self, reference: str) -> ListedKey | None: ...

    def update(self, listed: ListedKey, terms: KeyTerms) -> None: ...

    def every(self) -> Iterator[ListedKey]:
        """Yield all keys, page by page. A key that changes meanwhile may come twice or never."""
