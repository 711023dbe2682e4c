"""In doubt, no: how long is waited, and what is logged when a check can't be made."""

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
    """The result of `work`, or TimeoutError.

    Unlike asyncio.timeout it doesn't wait for what it cancels: a connection to a frozen database
    would drag that out.
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
    """What became of it after its time is nobody's business, and no line in the log."""
    if not task.cancelled():
        task.exception()


class LogSampler:
    """Lets one of a kind through in a while, with the number of those since the one before."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}
        self._left_out: Counter[str] = Counter()

    def take(self, kind: str) -> int | None:
        """How many were left out; None when this one is, too."""
        now = self._clock()
        if now < self._next.get(kind, now):
            self._left_out[kind] += 1
            return None
        self._next[kind] = now + SAMPLE_SECONDS
        return self._left_out.pop(kind, 0)


log_sampler = LogSampler()


class SampledFilter(logging.Filter):
    """Of the same line again and again, as a server has of whatever strangers send it.

    One message may stand over different errors: it is the same only with the same error.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        left_out = log_sampler.take(f"{record.msg} {_error_of(record)}")
        if left_out:
            record.msg = f"{record.msg} (and {left_out} times more before)"
        return left_out is not None


def _error_of(record: logging.LogRecord) -> str:
    """Its type and where it was raised; empty without one."""
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    kind, _, trace = record.exc_info
    last = traceback.extract_tb(trace)[-1:]
    return f"{kind} {[(frame.filename, frame.lineno) for frame in last]}"


def log(error: Exception) -> None:
    """Where it happened, and never the values, among which may be a key; one of many alike."""
    error = error.__cause__ if isinstance(error.__cause__, Exception) else error
    kind = type(error).__name__
    if (left_out := log_sampler.take(kind)) is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        more = f", and {left_out} times more before" if left_out else ""
        logger.error("The check could not be made: %s%s\n%s", kind, more, frames)
