"""Keep a form submitted after the session expired, for an hour and for its author only.

There is one form per person, in the cache, encrypted under a key that only their browser has. A
signed cookie says whose it is, so nothing is kept for strangers.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from lifecycle.config.logs import redacted
from lifecycle.people.models import User
from requests_app import throttling
from requests_app.refusals import RateLimited
from requests_app.web import field_labels

COOKIE, SALT = "typing", "requests_app.web.form_recovery"
RETENTION = timedelta(hours=1)
SPARE_SECONDS = 172_800  # two days beyond the end of the longest session
MAX_BYTES = 262_144  # of one form; the next one replaces it
FORM_CONTENT_TYPE = "application/x-www-form-urlencoded"
LONG_TEXT_LENGTH = 40  # characters; longer texts are shown for review
EXCLUDED_PATHS = (
    "/accounts/",
    "/admin/login/",
    "/report-a-key/",
    "/api/",
    "/oauth/",
    "/gateway/",
    "/language/",
)
NOT_PROSE = re.compile(r"[\w.:/-]*", re.ASCII)
SECRET_FIELD = re.compile(r"password|secret|token|credential|code$|^key$|csrf", re.IGNORECASE)


class SubmittedForm(NamedTuple):
    """A form as submitted: its URL, and its fields in order."""

    path: str
    fields: list[tuple[str, str]]
    had_files: bool

    def shown(self) -> Iterator[tuple[str, str, str]]:
        """The values with the labels of their form, if known."""
        labels = field_labels.of_form([name for name, _ in self.fields])
        return ((name, text, labels.get(name, "")) for name, text in self.fields if is_long(text))

    def hidden(self) -> Iterator[tuple[str, str]]:
        return ((name, text) for name, text in self.fields if not is_long(text))

    def as_bytes(self) -> bytes:
        return json.dumps(self, ensure_ascii=False).encode(errors="replace")


class FormOwner(NamedTuple):
    """Who was signed in in this browser, and the secret that only this browser has."""

    person: int
    nonce: str


def is_long(text: str) -> bool:
    """Return whether a value is worth showing; digests and identifiers aren't."""
    return "\n" in text or len(text) > LONG_TEXT_LENGTH and not NOT_PROSE.fullmatch(text)


def submitted_form(request: HttpRequest) -> SubmittedForm | None:
    """Return the submitted form without secrets; None if nothing of it may be kept."""
    if request.method != "POST" or request.path.startswith(EXCLUDED_PATHS):
        return None
    fields = [
        (name, redacted(text))
        for name, texts in request.POST.lists()
        for text in texts
        if not SECRET_FIELD.search(name) and isinstance(text, str)
    ]
    typed = SubmittedForm(
        request.get_full_path(), fields, request.content_type != FORM_CONTENT_TYPE
    )
    return typed if fields and len(typed.as_bytes()) <= MAX_BYTES else None


# Who is typing ----------------------------------------------------------------------------------


def remember_owner(request: HttpRequest, response: HttpResponse) -> None:
    """Remember in a cookie who is signed in.

    It outlives the session: renewed at half time, it lasts a whole session longer.
    """
    if _owner(request, _cookie_seconds() // 2, request.user.pk):
        return
    known = _owner(request, _cookie_seconds(), request.user.pk)
    nonce = known.nonce if known else secrets.token_urlsafe()
    response.set_cookie(
        _cookie(),
        signing.dumps([request.user.pk, nonce], salt=SALT),
        max_age=_cookie_seconds(),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def form_owner(request: HttpRequest) -> FormOwner | None:
    return _owner(request, _cookie_seconds())


def _owner(request: HttpRequest, max_age: int, person: int | None = None) -> FormOwner | None:
    """Return the owner named by the cookie, if it is recent and of `person` where given."""
    try:
        sent = request.COOKIES.get(_cookie(), "")
        payload = signing.loads(sent, salt=SALT, max_age=max_age)
    except signing.BadSignature:
        return None
    found = FormOwner(*payload) if isinstance(payload, list) else None
    return found if found and person in (None, found.person) else None


def _cookie_seconds() -> int:
    return 2 * int(settings.SESSION_COOKIE_AGE) + SPARE_SECONDS


def _cookie() -> str:
    return f"__Host-{COOKIE}" if settings.SESSION_COOKIE_SECURE else COOKIE


# Keeping ----------------------------------------------------------------------------------------


def save(request: HttpRequest) -> bool:
    """Keep the form for whoever was signed in here; return whether there was one to keep.

    Only once per request: an expired CSRF token gets here twice.
    """
    known = vars(request)
    if "form_is_kept" not in known:
        known["form_is_kept"] = _save(request)
    return bool(known["form_is_kept"])


def _save(request: HttpRequest) -> bool:
    typist = form_owner(request)
    typed = submitted_form(request) if typist else None
    if typist is None or typed is None or not _may_keep(request, typist):
        return False
    # The time in a Fernet token also limits its age if the cache doesn't.
    sealed = _cipher(typist).encrypt(typed.as_bytes())
    cache.set(_cache_key(typist), sealed, int(RETENTION.total_seconds()))
    # Read back: nobody should be told that it was kept if the cache dropped it.
    return bool(cache.get(_cache_key(typist)) == sealed)


def _may_keep(request: HttpRequest, typist: FormOwner) -> bool:
    person = User.objects.filter(pk=typist.person, is_active=True).first()
    try:
        if person:
            throttling.check("type", request, person)
    except RateLimited:
        return False
    return person is not None


def load(request: HttpRequest) -> SubmittedForm | None:
    """Return what this person submitted in this browser within the last hour."""
    typist = form_owner(request)
    if typist is None or typist.person != request.user.pk:
        return None
    sealed = cache.get(_cache_key(typist))
    try:
        opened = _cipher(typist).decrypt(sealed or b"", ttl=int(RETENTION.total_seconds()))
    except InvalidToken:
        return None
    path, fields, had_files = json.loads(opened)
    return SubmittedForm(path, [(name, text) for name, text in fields], had_files)


def delete(request: HttpRequest) -> None:
    if typist := form_owner(request):
        cache.delete(_cache_key(typist))


def forget(person: int, response: HttpResponse) -> None:
    """Delete the kept form on sign-out or account deletion."""
    cache.delete(_cache_key(FormOwner(person, "")))
    response.delete_cookie(_cookie(), samesite="Lax")
    # Browsers ignore a `__Host-` cookie without `Secure`, even to delete it.
    response.cookies[_cookie()]["secure"] = settings.SESSION_COOKIE_SECURE or ""


def _cache_key(typist: FormOwner) -> str:
    return f"typed:{typist.person}"


def _cipher(typist: FormOwner) -> Fernet:
    """Derive the key from the browser's secret, so the cache alone can't reveal the form."""
    payload = f"typed texts:{typist.nonce}:{settings.SECRET_KEY}"
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(payload.encode()).digest()))
