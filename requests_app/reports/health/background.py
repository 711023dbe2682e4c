"""Whether beat, the sweeps and a worker run, by Valkey's clock."""

from collections.abc import Iterator
from contextlib import closing
from math import isinf

from django.conf import settings

from lifecycle.config.celery import app
from lifecycle.scheduling import sweep_status
from requests_app.reports.health.findings import Finding, ok, problem, warning
from requests_app.reports.health.servers import valkey_client

HEARTBEAT_SECONDS = 2 * sweep_status.COMPARED_EVERY_SECONDS
ANSWER_SECONDS = 1.5
MAX_WAITING = 1_000
START_BEAT = "Start beat: exactly one, of all machines."
START_WORKER = "Start a worker, and read its log."


def beat() -> Iterator[Finding]:
    age = sweep_status.heartbeat_age("beat")
    if age > HEARTBEAT_SECONDS:
        known = "for five minutes or more" if isinf(age) else f"for {age:.0f} s"
        yield problem("beat", f"No heartbeat {known}.", START_BEAT)
    else:
        yield ok("beat", f"It gave a sign {age:.0f} s ago.")
    for process, ahead in sweep_status.clocks().items():
        if abs(ahead) > sweep_status.TOLERATED_SECONDS:
            found = f"The clock of {process} is {ahead:+.0f} s off Valkey's."
            yield warning("clock", found, "Synchronise both, by NTP.")


def sweeps() -> Iterator[Finding]:
    """Yield a finding for each late sweep, and one for all that ran in time."""
    ages = {name: sweep_status.age(row["task"]) for name, row in _schedule().items()}
    late = {name: age for name, age in ages.items() if age > _allowed(name)}
    if never := [name for name, age in late.items() if isinf(age)]:
        found = f"{len(never)} of {len(ages)} never ran, or not for a day: {_names(never)}."
        yield problem("sweeps", found, START_WORKER)
    for name in late.keys() - set(never):
        yield problem("sweeps", f"{name} last ran {late[name]:.0f} s ago.", START_WORKER)
    if in_time := [f"{name} {ages[name]:.0f} s" for name in ages if name not in late]:
        yield ok("sweeps", f"{len(in_time)} ran in time, that long ago: {', '.join(in_time)}.")


def workers_and_queue() -> Iterator[Finding]:
    with closing(valkey_client()) as client:
        waiting = client.llen(app.conf.task_default_queue)
    found = f"{waiting} tasks wait in the queue."
    if waiting > MAX_WAITING:
        yield warning("worker", found, "Start more workers, or find out what keeps them busy.")
    else:
        yield ok("worker", found)
    names = answering_workers()
    if names:
        yield ok("worker", f"{', '.join(names)} answers.")
    else:
        yield problem("worker", f"None answers within {ANSWER_SECONDS} s.", START_WORKER)


def answering_workers() -> list[str]:
    """Return the first worker that answers, in a list; empty if none does."""
    return sorted(app.control.inspect(timeout=ANSWER_SECONDS, limit=1).ping() or ())


def _schedule() -> dict[str, dict[str, str]]:
    schedule: dict[str, dict[str, str]] = settings.CELERY_BEAT_SCHEDULE
    return schedule


def _allowed(name: str) -> float:
    """Return after how many seconds a sweep is late."""
    return 3 * float(_schedule()[name]["schedule"]) + 60


def _names(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
