"""`python -m demo`: start everything, walk the whole way through it, then stay up (or --once)."""

import argparse
import fcntl
import io
import logging
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from demo import data, environment
from demo.plain_http import answers
from demo.processes import ProcessDied, ProcessGroup
from lifecycle.config import env
from lifecycle.embedded import embedded

if TYPE_CHECKING:
    from demo.people import Account


LOGS = ("--log-config", "lifecycle/config/granian_log.json")
# HTTP/1 alone: while granian waits for the bytes that tell HTTP/2 from it, nothing ends a line
# that says nothing. The connections are those that a process holds at once, silent ones too.
SITE_OPTIONS = (
    *("--interface", "asgi", "--http", "1", "--no-ws", "--backpressure", "8000"),
    *("--http1-buffer-size", "65536", *LOGS),
)
SITE = (*SITE_OPTIONS, "demo.site.asgi:application")
OPEN_FILES = 10_000  # of a process of the site: those connections, and what else it has open
# GRANIAN_WORKERS is for the site alone.
MODELS = (
    *("--interface", "asgi", "--http", "1", "--no-ws", "--workers", "1", "--factory", *LOGS),
    "demo.model_gateway:served",
)
# Nobody else is there to be greeted, which would take a second.
WORKER = ("worker", "--concurrency", "2", "-O", "fair", "--without-mingle", "--without-gossip")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop after the walk")
    once = parser.parse_args().once
    print_each_line_at_once()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    print("Starting PostgreSQL, Valkey, the site, the gateway, a worker and its clock.")
    try:
        with only_one():
            return run(once=once)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130 if once else 0
    except (embedded.EmbeddedError, environment.PortTaken, ProcessDied) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        embedded.leave()


def print_each_line_at_once() -> None:
    """Also into a pipe: whoever waits behind it wants to see the steps."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)


@contextmanager
def only_one() -> Iterator[None]:
    """Two demos on one var/ would take each other's mails and logs."""
    embedded.join()
    with (embedded.var() / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ProcessDied(
                f"The demo already runs on {embedded.var()}. Stop that one, or set EMERITUS_VAR."
            ) from None
        yield


def run(*, once: bool) -> int:
    started = time.monotonic()
    environment.prepare()
    accounts = data.prepare()
    with ProcessGroup(dict(os.environ)) as process_group:
        start_servers(process_group)
        taken = time.monotonic() - started
        print(f"Everything is up after {taken:.1f} s. Look around at {env.site_url()}/demo/.")
        from demo.walk import Walk  # after django.setup()

        failed = Walk(accounts).run()
        process_group.check()
        if once:
            return 1 if failed else 0
        announce(accounts, failed)
        process_group.watch()
    return 0


def allow_open_files() -> None:
    """As many as the site's connections take, or as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def start_servers(process_group: ProcessGroup) -> None:
    allow_open_files()
    process_group.start("web", "granian", *SITE, "--port", env.env.str("PORT"))
    process_group.start("gateway", "requests_app.gateway", "--port", env.env.str("GATEWAY_PORT"))
    models_port = str(urlsplit(env.models_url()).port)
    process_group.start("models", "granian", *MODELS, "--port", models_port)
    celery = ("--quiet", "-A", "lifecycle.config.celery")
    process_group.start("worker", "celery", *celery, *WORKER)
    schedule = embedded.var() / "beat"
    shutil.rmtree(schedule, ignore_errors=True)
    schedule.mkdir()
    process_group.start("beat", "celery", *celery, "beat", "--schedule", str(schedule / "schedule"))
    process_group.wait_for("web", lambda: answers(env.site_url()))
    process_group.wait_for("gateway", lambda: answers(env.gateway_url() + "/gateway/health"))
    process_group.wait_for("models", lambda: answers(env.models_url()))
    process_group.wait_for("worker", worker_answers)
    process_group.wait_for("beat", lambda: any(schedule.iterdir()))


def worker_answers() -> bool:
    from lifecycle.config.celery import app

    return bool(app.control.ping(timeout=5, limit=1))


def announce(accounts: "dict[str, Account]", failed: str) -> None:
    """`failed` is the step at which the walk failed."""
    from demo.people import WALKER

    site, gateway, var = env.site_url(), env.gateway_url(), embedded.var()
    shown = (account for short, account in accounts.items() if short != WALKER)
    people = "\n".join(f"  {a.email:18} {a.password:14} {a.does}" for a in shown)
    but = f" The walk failed, at “{failed}”; see above." if failed else ""
    print(f"""
Emeritus is running.{but}

  Look around   {site}/demo/ (be anybody, with one click; all mails)
  Site          {site}/
  Review desk   {site}/admin/
  Gateway       {gateway}/gateway/check
  Models        {env.models_url()}/v1 (a stand-in; what it answers is made up)
  API schema    {site}/api/v1/schema/

Elsewhere sign in with (email, password):
{people}

Ask the gateway about a key:
  curl -i {gateway}/gateway/check -H "X-Emeritus-Model: claude-3-opus-20240229" \\
    -H "Authorization: Bearer YOUR-KEY"

Call a model with a key; each access has a page that says how:
  curl {env.models_url()}/v1/messages -H "x-api-key: YOUR-KEY" \\
    -H "content-type: application/json" \\
    -d '{{"model": "claude-3-opus-20240229", "max_tokens": 99,
         "messages": [{{"role": "user", "content": "Hello!"}}]}}'

Mails are in {var}/mail too, logs in {var}/log.
Ctrl-C stops everything.""")


if __name__ == "__main__":
    sys.exit(main())
