"""A decision worked out beforehand, and the stretch of time in which it can't be another.

It is `decide` that decides. Between two moments of a row it says the same at every moment, so
that what it said once needs no more than a look at the clock.
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
    """A yes for one question, but for its limits. It holds from `since` to just before `until`, in
    nanoseconds since the epoch.
    """

    since: int
    until: int
    headers: Headers
    windows: Windows
    call_cell: CallCell


def prepare(row: KeyRow, call: GatewayCall, now: int) -> PreparedAnswer | None:
    """None for a no, which needs no hurry."""
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
    """Every moment that `decide` compares with now, and the ends of the day that calls count in."""
    times = (row.expires_at, row.ends_at, row.activated_at, row.confirm_by, *row.models.values())
    yield from (since_epoch(time) for time in times if time is not None)
    yield from (now // DAY * DAY, (now // DAY + 1) * DAY)


def moment(now: int) -> datetime:
    """The microsecond in which `now` is."""
    return EPOCH + now // 1000 * MICROSECOND


def since_epoch(moment: datetime) -> int:
    """In nanoseconds, exactly."""
    return (moment - EPOCH) // MICROSECOND * 1000
