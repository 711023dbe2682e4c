"""Starts of our code in forks of one process that has imported the libraries, and none of ours.

Each start reads our modules and the environment from nothing, as a new process would, and costs a
tenth of one. Started by `python -m tests.support.forked_starts`: it reads one order a line,
`{"arguments": …, "environment": …, "output": …, "errors": …}`, obeys it in a fork, and says how
that ended.
"""

import importlib
import json
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LIBRARIES = (
    "csp.constants",
    "dj_database_url",
    "dj_email_url",
    "django.core.validators",
    "django.db.models",
    "django_stubs_ext",
    "environs",
    "idna",
    "psycopg.conninfo",
    "redis.connection",
)
Start = Callable[..., "subprocess.CompletedProcess[str]"]


@contextmanager
def forking() -> Iterator[Start]:
    """A way to start `python *arguments` with the given environment and nothing else."""
    command = [sys.executable, "-m", __name__]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as running:

        def start(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
            return order(running, arguments, environment)

        yield start
        running.communicate()


def order(
    running: "subprocess.Popen[str]", arguments: tuple[str, ...], environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    with tempfile.NamedTemporaryFile("r") as output, tempfile.NamedTemporaryFile("r") as errors:
        told = {"arguments": arguments, "environment": environment}
        told |= {"output": output.name, "errors": errors.name}
        running.stdin.write(json.dumps(told) + "\n")
        running.stdin.flush()
        ended = int(running.stdout.readline())
        return subprocess.CompletedProcess(arguments, ended, output.read(), errors.read())


def run(told: dict[str, Any]) -> None:
    """What `python -m MODULE` or `python -c CODE` does, here and now."""
    for number, path in ((1, told["output"]), (2, told["errors"])):
        os.dup2(os.open(path, os.O_WRONLY), number)
    os.environ.clear()
    os.environ |= told["environment"]
    how, what = told["arguments"]
    if how == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(what, {"__name__": "__main__"})  # noqa: S102  # the test's own code


def status_of(told: dict[str, Any]) -> int:
    try:
        run(told)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def forked(told: dict[str, Any]) -> int:
    """The fork's exit status. It ends at once: to tidy up would copy every page of its memory."""
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    status = status_of(told)
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    assert not [name for name in sys.modules if name.startswith(("lifecycle", "requests_app"))]
    for line in sys.stdin:
        sys.stdout.write(f"{forked(json.loads(line))}\n")
        sys.stdout.flush()
