"""Check that the body of a call names the model that its gateway names; refuse when in doubt."""

import asyncio
from collections.abc import Iterable
from email.message import Message
from weakref import WeakValueDictionary

from asgiref.typing import ASGIReceiveCallable

from requests_app.gateway.http.problems import (
    BODY_NAMES_ANOTHER_MODEL,
    BODY_NOT_CLEAR,
    BODY_NOT_JSON,
    BODY_TOO_LARGE,
    Problem,
)
from requests_app.gateway.http.strict_json import ModelReader, UnclearError

MAX_BYTES = 33_554_432  # 32 MiB, as in the configurations of the gateways
CHUNK_BYTES = 2_048  # takes at most 10 ms; other calls are answered in between
MAX_READ_AT_ONCE = 4  # bodies of one grant
TYPE, ENCODING, LENGTH = b"content-type", b"content-encoding", b"content-length"


class BodyError(Exception):
    """The body is refused. `detail` adds to the problem's own sentence."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(problem.slug)
        self.problem = problem
        self.detail = f"{problem.sentence} {detail}".strip()


class BodyReader:
    """Read bodies in small pieces, in turn and few per grant, so that none starves the others."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._grants: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def place(self, grant: str) -> asyncio.Semaphore:
        """Return the semaphore to hold while a body of this grant is read."""
        return self._grants.setdefault(grant, asyncio.Semaphore(MAX_READ_AT_ONCE))

    async def check_model(self, receive: ASGIReceiveCallable, model: str) -> None:
        """Read the whole body. Raises BodyError unless it unambiguously names `model`."""
        try:
            named = await self._read(receive)
        except UnclearError as error:
            raise BodyError(BODY_NOT_CLEAR, str(error)) from None
        if named != model:
            raise BodyError(BODY_NAMES_ANOTHER_MODEL, f"Here that is “{model}”.")

    async def _read(self, receive: ASGIReceiveCallable) -> str:
        reader, size, more = ModelReader(), 0, True
        while more:
            event = await receive()
            if event["type"] != "http.request":
                raise UnclearError("The body was cut off.")
            body, more = event.get("body", b""), event.get("more_body", False)
            size += len(body)
            if size > MAX_BYTES:
                raise BodyError(BODY_TOO_LARGE)
            for start in range(0, len(body), CHUNK_BYTES):
                async with self._turn:
                    reader.feed(body[start : start + CHUNK_BYTES])
                    await asyncio.sleep(0)
        return reader.model()


def check_headers(raw: Iterable[tuple[bytes, bytes]]) -> None:
    """Raise BodyError unless the headers declare one JSON body of allowed size.

    Parsers rely on these headers, so they must not be ambiguous.
    """
    headers = list(raw)
    types = [value for name, value in headers if name == TYPE]
    if len(types) != 1 or not is_json(types[0]):
        raise BodyError(BODY_NOT_JSON)
    encodings = {value.strip().lower() for name, value in headers if name == ENCODING}
    if encodings - {b"identity"}:
        raise BodyError(BODY_NOT_JSON)
    lengths = [value for name, value in headers if name == LENGTH and value.isdigit()]
    # Early, to save reading; the size of what arrives is checked in any case.
    if lengths and len(lengths[0]) < 20 and int(lengths[0]) > MAX_BYTES:
        raise BodyError(BODY_TOO_LARGE)


def is_json(value: bytes) -> bool:
    """Return whether this is `application/json`, in UTF-8 if a charset is given."""
    message = Message()
    message["content-type"] = value.decode("latin-1")
    charset = message.get_content_charset("utf-8")
    return message.get_content_type() == "application/json" and charset == "utf-8"
