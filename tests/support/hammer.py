"""Asks gateway processes about one key all the time, and says which accepted came too late."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from tests.support.worker_processes import wait_until

PAUSE_SECONDS = 0.0005


@dataclass(frozen=True)
class Probe:
    """One question. Times are of time.perf_counter()."""

    began: float
    ended: float
    status: int


@dataclass
class LoadGenerator:
    """One thread for each process; `probes` grows while it runs."""

    urls: list[str]
    headers: dict[str, str]
    probes: list[list[Probe]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def hammer(self, url: str, probes: list[Probe]) -> None:
        """With a client that takes little time of its own, as it shares a core with the others."""
        with closing(HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
            while not self.stopped.wait(PAUSE_SECONDS):
                began = time.perf_counter()
                try:
                    status = status_of(connection, self.headers)
                except (OSError, HTTPException) as error:
                    self.errors.append(error)
                    connection.close()
                    continue
                probes.append(Probe(began, time.perf_counter(), status))

    def all_answer(self, status: int) -> bool:
        return all(probes and probes[-1].status == status for probes in self.probes)

    def all_probed_since(self, moment: float, times: int = 20) -> bool:
        return all(sum(a.began > moment for a in probes) >= times for probes in self.probes)

    def accepted(self) -> Iterator[Probe]:
        return (asked for probes in self.probes for asked in probes if asked.status == 204)


def status_of(connection: HTTPConnection, headers: dict[str, str]) -> int:
    connection.request("GET", "/gateway/check", headers=headers)
    with connection.getresponse() as answer:
        answer.read()
        return answer.status


@contextmanager
def generate_load(urls: list[str], headers: dict[str, str]) -> Iterator[LoadGenerator]:
    """Returns when every process says yes."""
    hammer = LoadGenerator(urls, headers, [[] for _ in urls])
    threads = [
        threading.Thread(target=hammer.hammer, args=each)
        for each in zip(urls, hammer.probes, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: hammer.all_answer(204), what="a yes of every process")
        yield hammer
    finally:
        hammer.stopped.set()
        for thread in threads:
            thread.join()


@dataclass(frozen=True)
class LateAnswers:
    """Yeses to questions that were asked after the caller was answered; the last in milliseconds
    after that answer, or before it when negative.
    """

    late: int
    worst: float


def revoke_under_load(hammer: LoadGenerator, revoke: Callable[[], object]) -> LateAnswers:
    began = time.perf_counter()
    revoke()
    answered = time.perf_counter()
    wait_until(lambda: hammer.all_probed_since(answered), what="questions after the answer")
    wait_until(lambda: not hammer.all_answer(204), what="a refusal")
    assert any(asked.began > began for probes in hammer.probes for asked in probes)
    accepted = list(hammer.accepted())
    late = sum(asked.began > answered for asked in accepted)
    return LateAnswers(late, 1000 * (max(asked.ended for asked in accepted) - answered))
