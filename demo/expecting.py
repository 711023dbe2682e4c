"""What the walk expects, and says when it isn't so."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60
POLL_SECONDS = 0.1


class UnexpectedResult(AssertionError):
    """A page or an answer isn't what it should be; the sentence says how."""


def expect(right: object, otherwise: str) -> None:
    if not right:
        raise UnexpectedResult(otherwise)


def wait_for(condition: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        expect(time.monotonic() < deadline, otherwise())
        time.sleep(POLL_SECONDS)
