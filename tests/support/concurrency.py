"""Several acts at the same moment, in a thread and on a connection each."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from lifecycle.config.celery import app
from requests_app.refusals import Refusal
from tests.support.worker_processes import wait_until

BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment, in a thread each; what each returned, or its refusal."""
    app.finalize()  # Celery's tasks are made at their first use, which two threads can't be at once
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[place] = act()
        except Exception as error:  # a refusal is a result; anything else fails the test below
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def one_won(results: list[Any]) -> bool:
    """Exactly one act worked; every other got a sentence."""
    refused = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(error, Refusal) and error.sentence for error in refused), refused
    return len(refused) == len(results) - 1


def started(act: Callable[[], Any], *, as_waiter: int = 1) -> Callable[[], Any]:
    """Begin `act` in a thread, until it waits for a lock; calling the result joins it.

    `as_waiter` is which of those that wait it is.
    """
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.extend(at_once(act)))
    thread.start()
    wait_until(lambda: results or is_blocked(as_waiter), what="an act that waits for a lock")

    def join() -> Any:
        thread.join()
        return results[0]

    return join


def is_blocked(acts: int = 1) -> bool:
    """Whether so many acts wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(BLOCKED)
        return int(cursor.fetchone()[0]) >= acts
