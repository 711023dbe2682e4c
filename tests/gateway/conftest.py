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
from tests.support.soak_sizes import some
from tests.support.worker_processes import kill


@pytest.fixture(scope="module")
def started(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Front]]:
    """Each kind is started when a test first asks for it, and runs on for the tests after it."""
    with ExitStack() as stack:
        check = stack.enter_context(reverse_proxies.checking(tmp_path_factory.mktemp("check")))

        @cache
        def start(kind: str) -> Front:
            folder = tmp_path_factory.mktemp("gateway")
            return stack.enter_context(reverse_proxies.running(kind, folder, check))

        yield start


@pytest.fixture(params=some(reverse_proxies.KINDS, 2))
def front(
    request: pytest.FixtureRequest,
    started: Callable[[str], Front],
    claimed: ClaimedKey,
    opus: AIModel,
) -> Front:
    """A gateway that lets the key of `claimed` through. Leave it as it was."""
    return reverse_proxies.ready(started(request.param), claimed.secret)


# The cache remembers a yes for a second after the check is gone.
WITHOUT_CACHE = [kind for kind in reverse_proxies.KINDS if kind != "nginx, cached"]


@pytest.fixture(params=some(WITHOUT_CACHE, 2))
def front_without_check(
    request: pytest.FixtureRequest, tmp_path: Path, claimed: ClaimedKey, opus: AIModel
) -> Iterator[Front]:
    """One that has let calls through, until its check was killed."""
    with (
        reverse_proxies.checking(tmp_path) as check,
        reverse_proxies.running(request.param, tmp_path, check) as front,
    ):
        reverse_proxies.ready(front, claimed.secret)
        kill(check.process)
        yield front


@pytest.fixture
def front_without_model(front: Front) -> Iterator[Front]:
    """One that has let calls through, until its model stopped."""
    front.upstream.__exit__()
    yield front
    front.upstream.__enter__()
