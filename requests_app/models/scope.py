"""What is asked for and what is granted: models, operations, days. Narrowing only takes away."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

OPERATIONS = ("messages", "completions")


def all_operations() -> list[str]:
    return list(OPERATIONS)


@dataclass(frozen=True)
class Scope:
    """Models by identifier, operations, and for how long."""

    identifiers: tuple[str, ...]
    operations: tuple[str, ...]
    duration: timedelta

    def contains(self, other: "Scope") -> bool:
        """Whether `other` gives nothing that this one doesn't."""
        return (
            set(other.identifiers) <= set(self.identifiers)
            and set(other.operations) <= set(self.operations)
            and other.duration <= self.duration
        )

    def is_empty(self) -> bool:
        return not (self.identifiers and self.operations and self.duration > timedelta(0))

    def as_details(self) -> dict[str, Any]:
        """For an event: what it says, in strings and whole numbers."""
        return {
            "models": sorted(self.identifiers),
            "operations": sorted(self.operations),
            "days": self.duration.days,
        }
