"""Sweeps go on whatever the clocks of beat and worker say, and it shows when they differ."""

import re
import shelve
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import celery
import pytest
from celery.beat import ScheduleEntry
from celery.schedules import schedule
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from lifecycle.config.celery import app
from lifecycle.scheduling import sweep_status
from lifecycle.scheduling.schedule import SWEEPS
from lifecycle.scheduling.scheduler import SteadyScheduler
from tests.support.worker_processes import process, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]

CELERY = ("celery", "-A", "lifecycle.config.celery")
OFF = r"The clock of beat is -\d+ s off"
BEHIND = """
import sys, time, time_machine
from datetime import UTC, datetime, timedelta
time_machine.travel(datetime.now(UTC) + timedelta(seconds={seconds})).start()
sys.argv = ["celery", *{arguments}]
from celery.__main__ import main
main()
"""


@contextmanager
def worker(folder: Path) -> Iterator[None]:
    with process(*CELERY, "worker", "-c1", log=folder / "worker.log"):
        yield


@contextmanager
def beat(folder: Path, seconds: int = 0) -> Iterator[Path]:
    """With a clock that is `seconds` ahead; its log."""
    arguments = [*CELERY[1:], "beat", "--schedule", str(folder / "beat")]
    (folder / "beat_off.py").write_text(BEHIND.format(seconds=seconds, arguments=arguments))
    log = folder / "beat.log"
    with process("beat_off", log=log, PYTHONPATH=str(folder), SWEEP_SECONDS="1"):
        yield log


def all_done() -> bool:
    return all(sweep_status.age(f"requests_app.tasks.{name}") < 60 for name in SWEEPS)


def a_day_ahead(path: Path) -> None:
    """What Celery's own scheduler left behind before the clock was set back."""
    later = datetime.now(UTC) + timedelta(days=1)
    with shelve.open(str(path)) as file:  # noqa: S301 - written here
        file["entries"] = {
            name: ScheduleEntry(
                name, f"requests_app.tasks.{name}", later, schedule=schedule(1), app=app
            )
            for name in SWEEPS
        }
        # Without the version Celery would begin a new file.
        file["__version__"], file["tz"], file["utc_enabled"] = celery.__version__, "UTC", True


def test_a_schedule_file_a_day_ahead_stops_no_sweep(tmp_path: Path) -> None:
    a_day_ahead(tmp_path / "beat")
    with worker(tmp_path), beat(tmp_path):
        wait_until(all_done, what="every sweep")


def test_a_beat_whose_clock_is_behind_wakes_every_sweep(tmp_path: Path, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a token of Prometheus"
    with worker(tmp_path), beat(tmp_path, seconds=-60) as log:
        wait_until(all_done, what="every sweep")
        wait_until(lambda: re.search(OFF, log.read_text()), what="the line")
    bearer = {"Authorization": "Bearer a token of Prometheus"}
    told = Client().get("/metrics", headers=bearer).content.decode()
    assert re.search(r'emeritus_clock_ahead_seconds{process="beat"} -\d\d', told)
    assert 'emeritus_sweep_age_seconds{sweep="send_notices"} +Inf' not in told


def test_metrics_say_when_no_sweep_is_known(settings: Settings) -> None:
    settings.METRICS_TOKEN = "a token of Prometheus"
    bearer = {"Authorization": "Bearer a token of Prometheus"}
    told = Client().get("/metrics", headers=bearer).content.decode()
    assert 'emeritus_sweep_age_seconds{sweep="send_notices"} +Inf' in told


def test_a_sweep_that_waits_for_a_worker_is_not_sent_again() -> None:
    """Or an hour without workers would leave thousands."""
    assert sweep_status.claim("a", seconds=60)
    assert not sweep_status.claim("a", seconds=60)
    sweep_status.taken("a")
    assert sweep_status.claim("a", seconds=60)
    cache.clear()
    assert sweep_status.claim("a", seconds=60)


def test_nothing_that_beat_sends_expires() -> None:
    """It would be a time of one clock that another is held against."""
    assert not [entry for entry in app.conf.beat_schedule.values() if "options" in entry]


def test_a_sweep_that_could_not_be_sent_is_due_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One broken connection to the broker keeps it from no worker for long."""
    scheduler = SteadyScheduler(app, schedule_filename=str(tmp_path / "beat"), lazy=True)
    scheduler.setup_schedule()
    tries: list[str] = []

    def send(entry: ScheduleEntry, **_: object) -> None:
        tries.append(entry.name)
        raise ConnectionError("the broker is away")

    monkeypatch.setattr(scheduler, "apply_async", send)
    assert scheduler.tick() <= 5
    known = set(tries)
    assert known == set(scheduler.schedule)
    for name in known:
        scheduler.due[name] -= 5
    scheduler.tick()
    assert sorted(tries) == sorted([*known, *known])
