"""Count requests by the days since they were first sent."""

from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Count, Q

BOUNDARIES = (1, 3, 7, 14, 30)  # days
NAMES = (
    f"under {BOUNDARIES[0]}",
    *(f"{young}–{old}" for young, old in pairwise(BOUNDARIES)),
    f"over {BOUNDARIES[-1]}",
)
IN_WORDS = ("under 1 day", *(" ".join((name, "days")) for name in NAMES[1:]))
COLUMNS = tuple(f"age_{number}" for number in range(len(NAMES)))


def counts(now: datetime) -> dict[str, Count]:
    """Return an aggregate for each of COLUMNS, which NAMES names."""
    edges = [now - timedelta(days) for days in (0, *BOUNDARIES)]
    within = [Q(submitted_at__lte=young, submitted_at__gt=old) for young, old in pairwise(edges)]
    within.append(Q(submitted_at__lte=edges[-1]))
    return {name: Count("pk", filter=which) for name, which in zip(COLUMNS, within, strict=True)}
