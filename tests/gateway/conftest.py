"""Gateways in front of a model, for the tests that call through them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from lifecycle.catalogue.models import AIModel
from requests_app.actions.keys.keys import ClaimedKey
from tests.support import reverse_proxies
from tests.support.reverse_proxies import Front


@pytest.fixture(scope="module")
def started(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Front]]:
    """Each kind is started when a test first asks for it, and runs on for the tests after it."""
    with ExitStack() as stack:

        @cache
        def start(kind: str) -> Front:
            folder = tmp_path_factory.mktemp("gateway")
            return stack.enter_context(reverse_proxies.running(kind, folder))

        yield start


@pytest.fixture(params=reverse_proxies.KINDS)
def front(
    request: pytest.FixtureRequest,
    started: Callable[[str], Front],
    claimed: ClaimedKey,
    opus: AIModel,
) -> Front:
    """A gateway that lets the key of `claimed` through. Leave it as it was."""
    return reverse_proxies.ready(started(request.param), claimed.secret)


# The cache remembers a yes for a second after the check is gone.
@pytest.fixture(params=[kind for kind in reverse_proxies.KINDS if kind != "nginx, cached"])
def own_front(
    request: pytest.FixtureRequest, tmp_path: Path, claimed: ClaimedKey, opus: AIModel
) -> Iterator[Front]:
    """One that a test may stop in part."""
    with reverse_proxies.running(request.param, tmp_path) as front:
        yield reverse_proxies.ready(front, claimed.secret)
