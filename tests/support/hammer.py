"""Asks gateway processes about one key without a pause, and says which yeses came too late."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from tests.support.worker_processes import wait_until


@dataclass(frozen=True)
class Asked:
    """One question. Times are of time.perf_counter()."""

    began: float
    ended: float
    status: int


@dataclass
class Hammer:
    """One thread for each process; `askings` grows while it runs."""

    urls: list[str]
    headers: dict[str, str]
    askings: list[list[Asked]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def hammer(self, url: str, askings: list[Asked]) -> None:
        with httpx.Client(trust_env=False, timeout=10, headers=self.headers) as client:
            while not self.stopped.is_set():
                began = time.perf_counter()
                try:
                    status = client.get(f"{url}/gateway/check").status_code
                except httpx.HTTPError as error:
                    self.errors.append(error)
                    continue
                askings.append(Asked(began, time.perf_counter(), status))

    def all_say(self, status: int) -> bool:
        return all(askings and askings[-1].status == status for askings in self.askings)

    def all_asked_since(self, moment: float, times: int = 20) -> bool:
        return all(sum(a.began > moment for a in askings) >= times for askings in self.askings)

    def yeses(self) -> Iterator[Asked]:
        return (asked for askings in self.askings for asked in askings if asked.status == 204)


@contextmanager
def hammering(urls: list[str], headers: dict[str, str]) -> Iterator[Hammer]:
    """Returns when every process says yes."""
    hammer = Hammer(urls, headers, [[] for _ in urls])
    threads = [
        threading.Thread(target=hammer.hammer, args=each)
        for each in zip(urls, hammer.askings, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: hammer.all_say(204), what="a yes of every process")
        yield hammer
    finally:
        hammer.stopped.set()
        for thread in threads:
            thread.join()


@dataclass(frozen=True)
class Found:
    """Yeses to questions that were asked after the caller was answered; the last in milliseconds
    after that answer, or before it when negative.
    """

    late: int
    worst: float


def revoke_under(hammer: Hammer, revoke: Callable[[], object]) -> Found:
    began = time.perf_counter()
    revoke()
    answered = time.perf_counter()
    wait_until(lambda: hammer.all_asked_since(answered), what="questions after the answer")
    wait_until(lambda: not hammer.all_say(204), what="a refusal")
    assert any(asked.began > began for askings in hammer.askings for asked in askings)
    yeses = list(hammer.yeses())
    late = sum(asked.began > answered for asked in yeses)
    return Found(late, 1000 * (max(asked.ended for asked in yeses) - answered))
