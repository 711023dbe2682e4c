"""What is asked for and what is granted: models, operations, days, limits; narrowing takes away."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any, Self

OPERATIONS = ("messages", "completions")


def all_operations() -> list[str]:
    return list(OPERATIONS)


@dataclass(frozen=True)
class UsageLimits:
    """How much may be used; None is without limit. Days are UTC's, USD are whole and for all time.

    They hold for a grant as a whole, however many keys are under it.
    """

    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    tokens_per_day: int | None = None
    spend_cap: int | None = None

    def contains(self, other: "UsageLimits") -> bool:
        """Whether `other` gives nothing that this one doesn't."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return all(mine is None or its is not None and its <= mine for mine, its in pairs)


LIMIT_FIELDS = tuple(column.name for column in fields(UsageLimits))


@dataclass(frozen=True)
class Scope:
    """Models by identifier, operations, for how long, and how much."""

    identifiers: tuple[str, ...]
    operations: tuple[str, ...]
    duration: timedelta
    limits: UsageLimits = UsageLimits()

    def contains(self, other: "Scope") -> bool:
        """Whether `other` gives nothing that this one doesn't."""
        return (
            set(other.identifiers) <= set(self.identifiers)
            and set(other.operations) <= set(self.operations)
            and other.duration <= self.duration
            and self.limits.contains(other.limits)
        )

    def is_empty(self) -> bool:
        return not (self.identifiers and self.operations and self.duration > timedelta(0))

    def as_details(self) -> dict[str, Any]:
        """For an event: what it says, in strings and whole numbers."""
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
        """What an event says; those from before there were limits have none."""
        duration, limits = timedelta(days=details["days"]), UsageLimits(**details.get("limits", {}))
        return cls(tuple(details["models"]), tuple(details["operations"]), duration, limits)
