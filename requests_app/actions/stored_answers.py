"""Act once for each Idempotency-Key: answers are stored with what they answer."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import Error, IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app.models import StoredAnswer
from requests_app.refusals import AnswerNotKept, CallInProgress, KeyReused

KEPT = timedelta(hours=24)
SECRET_KEPT = timedelta(minutes=10)
TRY_LOCK = "SELECT pg_try_advisory_lock(%s)"
UNLOCK = "SELECT pg_advisory_unlock(%s)"


@dataclass(frozen=True)
class Answer:
    """What is sent again. `made` is the ID of what the call created."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)
    made: str = ""
    is_secret: bool = False

    def dumped(self) -> bytes:
        body = base64.b85encode(self.body).decode()
        return json.dumps([self.status, self.headers, body]).encode()

    @classmethod
    def loaded(cls, content: bytes) -> Self:
        status, headers, body = json.loads(content)
        return cls(status, headers, base64.b85decode(body))


@dataclass(frozen=True)
class Call:
    """A call with a key: `caller` is whoever the key belongs to, `sent` all that it asks for."""

    person: User
    caller: str
    path: str
    key: str = field(repr=False)
    sent: bytes = field(repr=False)

    @property
    def digest(self) -> bytes:
        return hashlib.sha256("\0".join((self.caller, self.path, self.key)).encode()).digest()

    @property
    def lock(self) -> int:
        return int.from_bytes(self.digest[:8], "big", signed=True)

    @property
    def box(self) -> Fernet:
        """Encrypt under the caller's key, so that nobody reads from the table what they sent.

        `SECRET_KEY` takes part because a caller's key may be easy to guess.
        """
        salt = settings.SECRET_KEY.encode()
        derived = HKDF(SHA256(), 32, salt=salt, info=self.digest).derive(self.key.encode())
        return Fernet(base64.urlsafe_b64encode(derived))


Act = Callable[[], Answer]
Refused = Callable[[Exception], Answer]


def answer_once(call: Call, act: Act, refused: Refused, *, one_transaction: bool) -> Answer | None:
    """Act, or return None if that was answered already: then `earlier` has the answer.

    In one transaction, the act is committed with its answer or not at all. Otherwise the act
    commits by itself, and has to be safe to repeat if the process dies before its answer is stored.
    `refused` turns a refusal into an answer, or raises it again if it isn't to be stored.
    """
    with _alone(call):
        if StoredAnswer.objects.filter(digest=call.digest, expires_at__gt=timezone.now()).exists():
            return None
        with transaction.atomic() if one_transaction else nullcontext():
            answer = _acted(act, refused, one_transaction=one_transaction)
            _store(call, answer, now=timezone.now())
        return answer


def _acted(act: Act, refused: Refused, *, one_transaction: bool) -> Answer:
    try:
        # A savepoint: a refusal undoes what the act has done, and is stored itself.
        with transaction.atomic() if one_transaction else nullcontext():
            return act()
    except Exception as error:
        return refused(error)


def earlier(call: Call) -> Answer:
    """Return the answer of the first call. Raises KeyReused or AnswerNotKept."""
    now = timezone.now()
    row = StoredAnswer.objects.filter(digest=call.digest, expires_at__gt=now).first()
    if row is None:  # swept just now
        raise _in_progress()
    if bytes(row.request_digest) != hashlib.sha256(call.sent).digest():
        raise KeyReused(_("This Idempotency-Key was sent with another body. Use a new key."))
    if row.content is not None and now < row.content_until:
        with suppress(InvalidToken):  # of another SECRET_KEY
            return Answer.loaded(call.box.decrypt(bytes(row.content)))
    raise AnswerNotKept(
        _("This call was made already, and its answer is no longer kept."), made=row.made
    )


@contextmanager
def _alone(call: Call) -> Iterator[None]:
    """Hold the lock of this key. Raises CallInProgress while another call has it.

    PostgreSQL frees it when a process dies, so that a retry needn't wait for anything. It is the
    session's rather than the transaction's, because some acts take several transactions.
    """
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, [call.lock])
        if not cursor.fetchone()[0]:
            raise _in_progress()
    try:
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:  # a lost connection has no lock
            cursor.execute(UNLOCK, [call.lock])


def _in_progress() -> CallInProgress:
    return CallInProgress(_("This call is still running. Try again in a moment."), wait=1)


def _store(call: Call, answer: Answer, *, now: datetime) -> None:
    StoredAnswer.objects.filter(digest=call.digest).expired(now).delete()
    row = StoredAnswer(
        digest=call.digest,
        person=call.person,
        request_digest=hashlib.sha256(call.sent).digest(),
        content=call.box.encrypt(answer.dumped()),
        made=answer.made,
        created_at=now,
        content_until=now + (SECRET_KEPT if answer.is_secret else KEPT),
        expires_at=now + KEPT,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # the last guard, where a pooler lets two sessions share a lock
        raise _in_progress() from None


def sweep(now: datetime) -> int:
    """Remove what is over; return how many rows that were."""
    changed: Any = StoredAnswer.objects.with_outdated_content(now).update(content=None)
    removed, _by_table = StoredAnswer.objects.expired(now).delete()
    return int(changed) + removed
