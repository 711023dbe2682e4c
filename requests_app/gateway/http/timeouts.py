"""Time limits of the check, and sampled logging of checks that couldn't be made."""

import asyncio
import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")
SAMPLE_SECONDS = 10.0
MAX_RECEIVE_SECONDS = 10.0  # for the head of a call, and again for its body
logger = logging.getLogger(__name__)


async def within(seconds: float, work: Coroutine[None, None, T]) -> T:
    """Return the result of `work` or raise TimeoutError.

    Unlike asyncio.timeout it doesn't wait for the cancelled work: a connection to a frozen database
    would hold it up.
    """
    task = asyncio.ensure_future(work)
    task.add_done_callback(_retrieve)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            raise TimeoutError
        return task.result()
    finally:
        task.cancel()


def _retrieve(task: asyncio.Task[T]) -> None:
    """Retrieve a late exception, so that asyncio doesn't log it as unhandled."""
    if not task.cancelled():
        task.exception()


class LogSampler:
    """Let one message of a kind through every SAMPLE_SECONDS, with the number left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}
        self._left_out: Counter[str] = Counter()

    def take(self, kind: str) -> int | None:
        """Return how many were left out since the last one, or None to leave this one out."""
        now = self._clock()
        if now < self._next.get(kind, now):
            self._left_out[kind] += 1
            return None
        self._next[kind] = now + SAMPLE_SECONDS
        return self._left_out.pop(kind, 0)


log_sampler = LogSampler()


class SampledFilter(logging.Filter):
    """Sample repeated log lines, such as those a server writes about malformed requests.

    The same message with another error counts as another line.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        left_out = log_sampler.take(f"{record.msg} {_error_of(record)}")
        if left_out:
            record.msg = f"{record.msg} (and {left_out} times more before)"
        return left_out is not None


def _error_of(record: logging.LogRecord) -> str:
    """Return the type and origin of the record's error; empty without one."""
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    kind, _, trace = record.exc_info
    last = traceback.extract_tb(trace)[-1:]
    return f"{kind} {[(frame.filename, frame.lineno) for frame in last]}"


def log(error: Exception) -> None:
    """Log where an error occurred, sampled, without its values, which may contain a key."""
    error = error.__cause__ if isinstance(error.__cause__, Exception) else error
    kind = type(error).__name__
    if (left_out := log_sampler.take(kind)) is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        more = f", and {left_out} times more before" if left_out else ""
        logger.error("The check could not be made: %s%s\n%s", kind, more, frames)
