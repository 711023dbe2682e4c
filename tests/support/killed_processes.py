"""Acts in processes that are killed at their n-th commit or call.

Started by `python -m tests.support.killed_processes`.

Reads one order a line, `{"act": …, "key": …, "at": n, "issuers": …}`; each is done by a fork of its
own, which kills itself where it was told to. Says how each ended: 0, or -9 when it was killed.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django


class CommitPoints:
    """Counts the moments before and after each commit and each call."""

    def __init__(self, deadly: int) -> None:
        self.deadly = deadly
        self.passed = 0

    def pass_one(self) -> None:
        self.passed += 1
        if self.passed == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.pass_one()
            result = real(*args, **kwargs)
            self.pass_one()
            return result

        setattr(owner, name, wrapped)


def act(order: dict[str, Any]) -> None:
    import httpx
    from django.conf import settings
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.utils import timezone

    from lifecycle.config.issuers import parse
    from lifecycle.scheduling import wakeups
    from requests_app.actions.keys import external_keys, key_revocation, keys
    from requests_app.models import Grant, Key

    settings.ISSUERS = parse(order["issuers"])
    wakeups.wake = lambda task, calls=(): None
    places = CommitPoints(order["at"])
    places.around(BaseDatabaseWrapper, "_commit")
    places.around(httpx.Client, "send")
    grant = Grant.objects.select_related("holder").get()
    acts: dict[str, Callable[[Key | None], Any]] = {
        "claim": lambda _: keys.claim(grant, by=grant.holder),
        "rotate": lambda key: keys.rotate(key, by=grant.holder),
        "revoke": lambda key: key_revocation.revoke(key, by=grant.holder),
        "push": lambda _: external_keys.push_due("campus", now=timezone.now()),
    }
    for name in order["act"].split("+"):
        acts[name](Key.objects.filter(pk=order["key"]).first())


def run(order: dict[str, Any]) -> int:
    """The fork's end. Nothing was connected before, so that it shares no connection."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        act(order)
    except BaseException as error:
        sys.stderr.write(f"{order}: {error!r}\n")
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    django.setup()
    for line in sys.stdin:
        sys.stdout.write(f"{run(json.loads(line))}\n")
        sys.stdout.flush()
