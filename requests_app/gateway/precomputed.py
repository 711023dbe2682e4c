"""Prepare an allowed answer and the period in which `decide` gives no other.

Between two dates of a row the decision stays the same, so a repeated call needs only the clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from requests_app.gateway.decision import Allowed, KeyRow, decide
from requests_app.gateway.http import responses
from requests_app.gateway.http.request_headers import GatewayCall
from requests_app.gateway.http.responses import Headers
from requests_app.gateway.rate_limiter import Windows, spent, windows_of
from requests_app.gateway.usage_counter import CallCell, call_cell

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND, DAY = 1_000_000_000, 86_400_000_000_000  # nanoseconds, as time.time_ns() has them


@dataclass(frozen=True, slots=True)
class PreparedAnswer:
    """An allowed answer, apart from rate limits, from `since` until before `until`.

    Both are in nanoseconds since the epoch.
    """

    since: int
    until: int
    headers: Headers
    windows: Windows
    call_cell: CallCell


def prepare(row: KeyRow, call: GatewayCall, now: int) -> PreparedAnswer | None:
    """Return the prepared answer, or None for a refusal, which needn't be fast."""
    decision = decide(row, moment(now), call.model, call.operation, call.address)
    if not isinstance(decision, Allowed) or spent(row, now // SECOND):
        return None
    edges = tuple(_edges(row, now))
    return PreparedAnswer(
        max(edge for edge in edges if edge <= now),
        min(edge for edge in edges if edge > now),
        responses.allowed(decision, row),
        windows_of(row),
        call_cell(row, call.model, now // SECOND),
    )


def _edges(row: KeyRow, now: int) -> Iterator[int]:
    """Yield every moment that `decide` compares with now, and the start and end of the UTC day."""
    times = (row.expires_at, row.ends_at, row.activated_at, row.confirm_by, *row.models.values())
    yield from (since_epoch(time) for time in times if time is not None)
    yield from (now // DAY * DAY, (now // DAY + 1) * DAY)


def moment(now: int) -> datetime:
    """Return `now` (nanoseconds) as a datetime, rounded down to microseconds."""
    return EPOCH + now // 1000 * MICROSECOND


def since_epoch(moment: datetime) -> int:
    """Return exact nanoseconds since the epoch."""
    return (moment - EPOCH) // MICROSECOND * 1000
