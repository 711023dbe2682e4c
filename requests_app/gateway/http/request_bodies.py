"""Whether the body of a call names the model that its gateway names. In doubt, no."""

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

MAX_BYTES = 33_554_432  # 32 MiB, as the gateways' configurations have it
CHUNK_BYTES = 2_048  # a hundredth of a second at most; other calls are answered between
MAX_READ_AT_ONCE = 4  # bodies of one grant; its others wait
TYPE, ENCODING, LENGTH = b"content-type", b"content-encoding", b"content-length"


class BodyError(Exception):
    """The body may not be passed on. `detail` adds to the problem's own sentence."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(problem.slug)
        self.problem = problem
        self.detail = f"{problem.sentence} {detail}".strip()


class BodyReader:
    """Reads bodies a piece at a time in turn, and few of a grant at once: none starves others."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._grants: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def place(self, grant: str) -> asyncio.Semaphore:
        """To be held while a body of this grant is read."""
        return self._grants.setdefault(grant, asyncio.Semaphore(MAX_READ_AT_ONCE))

    async def check_model(self, receive: ASGIReceiveCallable, model: str) -> None:
        """Read all of it; raises BodyError unless it surely names `model`."""
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
                raise UnclearError("It was cut off.")
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
    """A parser goes by what the headers say the body is, so they may say one thing only."""
    headers = list(raw)
    types = [value for name, value in headers if name == TYPE]
    if len(types) != 1 or not is_json(types[0]):
        raise BodyError(BODY_NOT_JSON)
    encodings = {value.strip().lower() for name, value in headers if name == ENCODING}
    if encodings - {b"identity"}:
        raise BodyError(BODY_NOT_JSON)
    lengths = [value for name, value in headers if name == LENGTH and value.isdigit()]
    if lengths and len(lengths[0]) < 20 and int(lengths[0]) > MAX_BYTES:
        raise BodyError(BODY_TOO_LARGE)


def is_json(value: bytes) -> bool:
    """`application/json`, with no other character set than UTF-8."""
    message = Message()
    message["content-type"] = value.decode("latin-1")
    charset = message.get_content_charset("utf-8")
    return message.get_content_type() == "application/json" and charset == "utf-8"
