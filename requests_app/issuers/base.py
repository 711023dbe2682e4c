"""What every other gateway's key store can be asked to do, and what keys there are to be like."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

CLOCK_TOLERANCE = timedelta(seconds=90)


@dataclass(frozen=True)
class KeyTerms:
    """How far a key reaches at a gateway. `models` are its own names; the budget is in USD.

    Without any model it is blocked, whatever it could reach before.
    """

    models: tuple[str, ...]
    ends_at: datetime
    budget: float | None = None
    requests_per_minute: int | None = None
    is_blocked: bool = False


class ListedKey(NamedTuple):
    """A key as a gateway has it. `is_ours`: it says that this installation made it."""

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
        """Whether it isn't what it should be. Limits that we don't set are the gateway's own."""
        return (
            (bool(terms.models) and sorted(self.models) != sorted(terms.models))
            or self.is_blocked != terms.is_blocked
            or self.ends_at is None
            or abs(self.ends_at - terms.ends_at) > CLOCK_TOLERANCE
            or (terms.budget is not None and self.budget != terms.budget)
            or (terms.requests_per_minute or self.requests_per_minute) != self.requests_per_minute
        )


class IssuerError(Exception):
    """A gateway didn't do what it was asked, or nobody knows; the sentence holds no secret."""


class Unreachable(IssuerError):
    """It didn't answer, or only that it can't now: the next call will hardly do better."""


class Issuer(Protocol):
    """One gateway's key store. Every call returns within seconds or raises IssuerError."""

    name: str
    models: Mapping[str, str]

    def create(self, reference: str, secret: str, terms: KeyTerms) -> None:
        """Never repeated: after an error the key may be there or not."""

    def delete(self, reference: str) -> bool:
        """True when it was there and is gone, False when there is none."""

    def find(self, reference: str) -> ListedKey | None: ...

    def update(self, listed: ListedKey, terms: KeyTerms) -> None: ...

    def every(self) -> Iterator[ListedKey]:
        """All keys, page by page. What changes meanwhile may come twice or not at all."""
