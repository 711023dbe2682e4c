"""What is requested and granted: models, operations, duration and limits."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any, Self

OPERATIONS = ("messages", "completions")


def all_operations() -> list[str]:
    return list(OPERATIONS)


@dataclass(frozen=True)
class UsageLimits:
    """Limits of usage; None means no limit. Days are UTC, USD are whole and in total.

    They hold for a grant as a whole, however many keys it has.
    """

    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    tokens_per_day: int | None = None
    spend_cap: int | None = None

    def contains(self, other: "UsageLimits") -> bool:
        """Return whether `other` allows nothing beyond this."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return all(mine is None or its is not None and its <= mine for mine, its in pairs)


LIMIT_FIELDS = tuple(column.name for column in fields(UsageLimits))


@dataclass(frozen=True)
class Scope:
    """Models by identifier, operations, duration and limits."""

    identifiers: tuple[str, ...]
    operations: tuple[str, ...]
    duration: timedelta
    limits: UsageLimits = UsageLimits()

    def contains(self, other: "Scope") -> bool:
        """Return whether `other` allows nothing beyond this."""
        return (
            set(other.identifiers) <= set(self.identifiers)
            and set(other.operations) <= set(self.operations)
            and other.duration <= self.duration
            and self.limits.contains(other.limits)
        )

    def is_empty(self) -> bool:
        return not (self.identifiers and self.operations and self.duration > timedelta(0))

    def as_details(self) -> dict[str, Any]:
        """Return the scope as strings and whole numbers, for an event."""
        return {
            "models": sorted(self.identifiers),
            "operations": sorted(self.operations),
            "days": self.duration.days,
            "limits": {
                name: most for name, most in asdict(self.limits).items() if most is not None
            },
        }

    @classmethod
    def from_details(cls, details: Mapping[str, Any]) -> Self:
        """Return the scope of an event; the oldest events have no limits."""
        duration, limits = timedelta(days=details["days"]), UsageLimits(**details.get("limits", {}))
        return cls(tuple(details["models"]), tuple(details["operations"]), duration, limits)
