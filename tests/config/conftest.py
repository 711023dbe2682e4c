"""Starts of our code with settings of their own."""

from collections.abc import Iterator

import pytest

from tests.support.forked_starts import Start, forking


@pytest.fixture(scope="session")
def start() -> Iterator[Start]:
    """A way to start our code as `python -m MODULE` or `python -c CODE` does, many times."""
    with forking() as start:
        yield start
