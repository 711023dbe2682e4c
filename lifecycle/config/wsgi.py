"""Django's WSGI application, which asgi.py serves."""

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

from lifecycle.config import env
from lifecycle.config.rejected_requests import UNREADABLE_TYPE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lifecycle.config.settings")
env.ensure_services()
django_application = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, but for a Content-Type that it stumbles over before any middleware of ours."""
    try:
        parse_header_parameters(environ.get("CONTENT_TYPE", ""))
    except ValueError:  # a parameter in a charset that nobody knows (RFC 2231)
        headers, body = UNREADABLE_TYPE.answer(environ["PATH_INFO"])
        start_response(UNREADABLE_TYPE.status_line, headers)
        return [body]
    return django_application(environ, start_response)


env.tell_servers()
# What is loaded by now stays; walking over it at each full collection made some answers slow.
gc.collect()
gc.freeze()
