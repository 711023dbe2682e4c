"""Build the answers to the gateway in front, and through it to the caller."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from asgiref.typing import HTTPResponseBodyEvent, HTTPResponseStartEvent

from requests_app.gateway.decision import Allowed, KeyRow, RetiredModel
from requests_app.gateway.http import problem_json
from requests_app.gateway.http.problems import CHECK_UNAVAILABLE, MODEL_RETIRED, Problem
from requests_app.gateway.rate_limiter import DAY, WINDOW_NAMES, Bucket, LimitRefusal, windows_of
from requests_app.key_format import holder_id

MICROS_PER_USD = 1_000_000
MAX_RETRY_AFTER = 120  # seconds; official SDKs sleep for as long as Retry-After says
PROBLEM_TYPE = ("content-type", "application/problem+json")
NO_STORE = ("cache-control", "no-store")
EMPTY_BODY: HTTPResponseBodyEvent = {
    "type": "http.response.body",
    "body": b"",
    "more_body": False,
}

Headers = tuple[tuple[bytes, bytes], ...]
Messages = tuple[HTTPResponseStartEvent, HTTPResponseBodyEvent]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, lower-case headers and body."""

    status: int
    headers: tuple[tuple[str, str], ...] = (NO_STORE,)
    body: bytes = b""


def _problem(status: int, body: bytes, *headers: tuple[str, str]) -> Answer:
    """Build a problem whose body is also a header, as nginx's auth_request drops bodies."""
    problem_fields = ("x-emeritus-problem", body.decode())
    return Answer(status, (NO_STORE, PROBLEM_TYPE, problem_fields, *headers), body)


HEALTHY = Answer(200, (NO_STORE, ("content-type", "text/plain")), b"ok\n")


def allowed(by: Allowed, row: KeyRow) -> Headers:
    """Return the headers of an allowed call, apart from its remaining requests."""
    headers = [
        NO_STORE,
        ("x-emeritus-key", by.key),
        ("x-emeritus-grant", by.grant),
        ("x-emeritus-holder", holder_id(by.holder)),
        ("x-emeritus-ends", _utc(by.ends_at)),
    ]
    if row.limits.tokens_per_day is not None:
        left = row.limits.tokens_per_day - row.used.tokens_today
        headers.append(("x-emeritus-tokens-left", str(left)))
    if row.limits.spend is not None:
        left = row.limits.spend - row.used.spend
        headers.append(("x-emeritus-usd-left", f"{left / MICROS_PER_USD:.2f}"))
    if windows := windows_of(row):
        limits = [(seconds, limit) for _, seconds, limit in windows]
        headers.append(("ratelimit-policy", _policy(limits)))
    return _encoded(headers)


def allowed_headers(headers: Headers, buckets: tuple[Bucket, ...], now: int) -> Messages:
    """Return the messages of an allowed call, adding what remains of its rate limits.

    `headers` are those of `allowed`; `now` is in seconds since the epoch.
    """
    if buckets:
        headers = (*headers, _rate_limit(buckets, now))
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": 204,
        "headers": headers,
        "trailers": False,
    }
    return start, EMPTY_BODY


def messages(answer: Answer, *, with_body: bool) -> Messages:
    """Return the answer as ASGI messages."""
    length = ("content-length", str(len(answer.body)))
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": _encoded((*answer.headers, length)),
        "trailers": False,
    }
    body = answer.body if with_body else b""
    return start, {"type": "http.response.body", "body": body, "more_body": False}


def over_limit(refused: LimitRefusal, site_url: str, now: int) -> Answer:
    headers = []
    if refused.buckets:
        limits = [(bucket.seconds, bucket.limit) for bucket in refused.buckets]
        headers.append(("ratelimit-policy", _policy(limits)))
        headers.append(("ratelimit", _rate_limit(refused.buckets, now)[1].decode()))
    if refused.tokens is not None:
        policy = f'"tokens";q={refused.tokens};w={DAY};qu="tokens"'
        headers.append(("ratelimit-policy", policy))
        headers.append(("ratelimit", f'"tokens";r=0;t={refused.seconds}'))
    if refused.seconds is not None:
        headers.append(("retry-after", str(refused.seconds)))
        if refused.seconds > MAX_RETRY_AFTER:
            headers.append(("x-should-retry", "false"))
    if refused.problem.error:
        headers.append(("www-authenticate", _challenge(refused.problem)))
    body = problem_json.body(refused.problem, site_url, retry_after=refused.seconds)
    return _problem(refused.problem.status, body, *headers)


@lru_cache(maxsize=256)  # few different ones, each needed often
def refused(
    problem: Problem, site_url: str, detail: str = "", more: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """Build a refusal; `detail` replaces the problem's own sentence, `more` adds headers."""
    headers = list(more)
    if problem.status == 401 or problem.error:
        headers.append(("www-authenticate", _challenge(problem)))
    if problem is CHECK_UNAVAILABLE:
        headers.append(("retry-after", "2"))
    body = problem_json.body(problem, site_url, detail=detail or problem.sentence)
    return _problem(problem.status, body, *headers)


def retired(model: RetiredModel, site_url: str) -> Answer:
    """Build the answer to a caller without a key: retired when, replaced by what, request where."""
    page = f"{site_url}/models/{quote(model.identifier, safe='')}/"
    body = problem_json.body(
        MODEL_RETIRED,
        site_url,
        detail=_farewell(model, page),
        see=page,
        model=model.identifier,
        platform=model.platform,
        retired_on=model.retired_on.isoformat(),
        replacement=model.replacement,
        ask=page if model.by_request else None,
    )
    # One page for the deprecation (RFC 9745), the sunset (RFC 8594) and help.
    headers = [("link", f'<{page}>; rel="deprecation sunset help"')]
    headers.append(("sunset", format_datetime(_midnight(model.retired_on), usegmt=True)))
    if model.announced:
        headers.append(("deprecation", f"@{int(_midnight(model.announced).timestamp())}"))
    return _problem(MODEL_RETIRED.status, body, *headers)


def _farewell(model: RetiredModel, page: str) -> str:
    since = f"{model.identifier} was retired on {model.retired_on.isoformat()} ({model.platform})."
    instead = f" Its replacement is {model.replacement}." if model.replacement else ""
    if model.by_request:
        return f"{since}{instead} You can request access at {page}"
    return f"{since}{instead} You can't request access to it; see {page}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _policy(limits: Iterable[tuple[int, int]]) -> str:
    """draft-ietf-httpapi-ratelimit-headers-10: q is the quota, w its window in seconds."""
    return ", ".join(
        f'"{WINDOW_NAMES[seconds]}";q={limit};w={seconds}' for seconds, limit in limits
    )


def _rate_limit(buckets: Sequence[Bucket], now: int) -> tuple[bytes, bytes]:
    """The same draft: r is what remains, t the seconds until the reset."""
    if len(buckets) == 1:
        return b"ratelimit", buckets[0].state(now)
    return b"ratelimit", b", ".join([bucket.state(now) for bucket in buckets])


def _encoded(headers: Iterable[tuple[str, str]]) -> Headers:
    return tuple((name.encode(), value.encode()) for name, value in headers)


def _challenge(problem: Problem) -> str:
    """RFC 6750, section 3: no error code if the call had no key."""
    realm = 'Bearer realm="emeritus"'
    return f'{realm}, error="{problem.error}"' if problem.error else realm


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
