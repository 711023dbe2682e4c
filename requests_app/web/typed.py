"""Keeps what somebody typed when their session had ended, for an hour and for them alone.

It waits, encrypted, in the session in which they sign in again. Who typed is told by a signed
cookie from when they were signed in, so strangers keep nothing here.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE, SALT, SESSION = "typing", "requests_app.web.typed", "typed"
KEPT_FOR = timedelta(hours=1)
MAX_CHARACTERS = 200_000
FORM = "application/x-www-form-urlencoded"
LONG = 40  # characters; longer texts are shown to be read again
NEVER = ("/accounts/", "/report-a-key/", "/api/", "/oauth/", "/gateway/", "/language/")
NO_PROSE = re.compile(r"[\w.:/-]*", re.ASCII)
SECRET = re.compile(r"password|secret|token|credential|code$|^key$|csrf", re.IGNORECASE)


class Typed(NamedTuple):
    """One form as it was sent: to which address, by whom, and its fields in order."""

    person: int
    path: str
    fields: list[tuple[str, str]]
    had_files: bool

    def shown(self) -> Iterator[tuple[str, str]]:
        return ((name, text) for name, text in self.fields if is_long(text))

    def hidden(self) -> Iterator[tuple[str, str]]:
        return ((name, text) for name, text in self.fields if not is_long(text))


def is_long(text: str) -> bool:
    """Whether it is worth reading again; a digest or an identifier isn't."""
    return "\n" in text or len(text) > LONG and not NO_PROSE.fullmatch(text)


def sent_with(request: HttpRequest, person: int) -> Typed | None:
    """What this POST says, without secrets; None where nothing of it may be kept."""
    if request.method != "POST" or request.path.startswith(NEVER):
        return None
    fields = [
        (name, text)
        for name, texts in request.POST.lists()
        for text in texts
        if not SECRET.search(name) and isinstance(text, str)
    ]
    if not fields or sum(len(name) + len(text) for name, text in fields) > MAX_CHARACTERS:
        return None
    return Typed(person, request.get_full_path(), fields, request.content_type != FORM)


# Who is typing ----------------------------------------------------------------------------------


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Who is signed in here, for when they no longer are."""
    pk = request.user.pk
    if pk is None or typing(request) == pk:
        return
    response.set_cookie(
        _cookie(),
        signing.dumps(pk, salt=SALT),
        max_age=settings.SESSION_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def typing(request: HttpRequest) -> int | None:
    try:
        pk = signing.loads(
            request.COOKIES.get(_cookie(), ""), salt=SALT, max_age=settings.SESSION_COOKIE_AGE
        )
    except signing.BadSignature:
        return None
    return pk if isinstance(pk, int) else None


def _cookie() -> str:
    return f"__Host-{COOKIE}" if settings.SESSION_COOKIE_SECURE else COOKIE


# Keeping ----------------------------------------------------------------------------------------


def keep(request: HttpRequest) -> bool:
    """In the session of whoever signs in next; says whether there was anything to keep."""
    person = typing(request)
    typed = sent_with(request, person) if person is not None else None
    if typed is None:
        return False
    request.session[SESSION] = _box().encrypt(json.dumps(typed).encode()).decode()
    return True


def kept(request: HttpRequest) -> Typed | None:
    """What this person typed within the last hour; another's is thrown away unread."""
    sealed = request.session.get(SESSION, "")
    if not sealed:
        return None
    try:
        opened = _box().decrypt(sealed.encode(), ttl=int(KEPT_FOR.total_seconds()))
    except InvalidToken:
        opened = b"null"
    typed = _read(json.loads(opened))
    if typed is None or typed.person != request.user.pk:
        forget(request)
        return None
    return typed


def _read(said: Any) -> Typed | None:
    if said is None:
        return None
    person, path, fields, had_files = said
    return Typed(person, path, [(name, text) for name, text in fields], had_files)


def forget(request: HttpRequest) -> None:
    request.session.pop(SESSION, None)


def _box() -> Fernet:
    key = hashlib.sha256(b"typed texts:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
