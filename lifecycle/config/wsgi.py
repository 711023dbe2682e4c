"""Django's WSGI application, which asgi.py runs."""

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils.http import parse_header_parameters
from django.utils.translation.trans_real import translation

from lifecycle.config import env
from lifecycle.serving.rejected_requests import UNREADABLE_TYPE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lifecycle.config.settings")
env.ensure_services()
django_application = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Run Django, except for a Content-Type that Django fails on before any middleware."""
    try:
        parse_header_parameters(environ.get("CONTENT_TYPE", ""))
    except ValueError:  # a parameter in an unknown charset (RFC 2231)
        headers, body = UNREADABLE_TYPE.answer(environ)
        start_response(UNREADABLE_TYPE.status_line, headers)
        return [body]
    return django_application(environ, start_response)


env.tell_servers()
get_resolver().url_patterns  # noqa: B018 - loads all views, which the first answer would wait for
# English has a translation of some packages' texts, and falls back on an empty one for each of
# them: a page asked all of these for hundreds of sentences.
translation(settings.LANGUAGE_CODE)._fallback = None  # type: ignore[attr-defined]  # gettext's
# Everything loaded so far stays; scanning it at each full collection made some answers slow.
gc.collect()
gc.freeze()
# A long list has ten thousand objects at once, and Python's 700 would scan them again and again.
gc.set_threshold(5_000)
