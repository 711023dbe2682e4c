"""The ID of the request being answered, in `X-Request-Id`, logs, events and Celery's messages.

A caller may send their own. Ours, and that of a task sent while answering, is 32 hex digits.
"""

import logging
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

HEADER = "X-Request-Id"
MESSAGE_HEADER = "emeritus_request_id"  # of Celery's messages
WELL_FORMED = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{7,63}")
KEY = re.compile(r"em[kst]_")  # nobody's key may end up in logs and events

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """Return the ID; empty outside of a request."""
    return _current.get()


def taken_or_new(sent: str) -> str:
    """Return what the caller sent if it is well-formed, else a new ID."""
    if WELL_FORMED.fullmatch(sent) and not KEY.search(sent):
        return sent
    return uuid.uuid4().hex


@contextmanager
def active(request_id: str) -> Iterator[None]:
    before = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(before)


def of_environ(environ: dict[str, Any]) -> str:
    """Return the ID of a WSGI request, and keep it there for whoever asks next."""
    request_id = taken_or_new(environ.get("HTTP_X_REQUEST_ID", ""))
    environ["HTTP_X_REQUEST_ID"] = request_id
    return request_id


class RequestIdMiddleware:
    """Gives each answer the ID of its request. It stands before all others."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        request_id = of_environ(request.META)
        with active(request_id):
            response = self.get_response(request)
        response.headers[HEADER] = request_id
        return response


class RequestIdFilter(logging.Filter):
    """Gives each record the ID, as ` [id]` where there is one."""

    def filter(self, record: logging.LogRecord) -> bool:
        found = current()
        record.request_id = f" [{found}]" if found else ""
        return True


def add_to_message(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Celery's `before_task_publish`."""
    if headers is not None and current():
        headers[MESSAGE_HEADER] = current()


def begin_task(task: Any = None, **_: Any) -> None:
    """Celery's `task_prerun`."""
    request: Mapping[str, Any] = vars(task.request) if task else {}
    _current.set(str(request.get(MESSAGE_HEADER) or ""))


def end_task(**_: Any) -> None:
    """Celery's `task_postrun`."""
    _current.set("")
