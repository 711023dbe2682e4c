"""In doubt, no: how long is waited, and what is logged when a check can't be made."""

import asyncio
import logging
import traceback
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")
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


def log(error: Exception) -> None:
    """Where it happened, and never the values, among which may be a key."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("The check could not be made: %s\n%s", type(error).__name__, frames)
