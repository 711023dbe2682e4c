"""Whether the body of a call names the model that its gateway names. In doubt, no."""

import asyncio
from collections.abc import Iterable
from email.message import Message

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
CHUNK_BYTES = 16_384  # bytes; other calls are answered between
TYPE, ENCODING, LENGTH = b"content-type", b"content-encoding", b"content-length"


class BodyError(Exception):
    """The body may not be passed on. `detail` adds to the problem's own sentence."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(problem.slug)
        self.problem = problem
        self.detail = f"{problem.sentence} {detail}".strip()


async def named_model(
    headers: Iterable[tuple[bytes, bytes]], receive: ASGIReceiveCallable, model: str
) -> None:
    """Read all of it; raises BodyError unless it surely names `model`."""
    _look_at(list(headers))
    try:
        named = await _read(receive)
    except UnclearError as error:
        raise BodyError(BODY_NOT_CLEAR, str(error)) from None
    if named != model:
        raise BodyError(BODY_NAMES_ANOTHER_MODEL, f"Here that is “{model}”.")


def _look_at(headers: list[tuple[bytes, bytes]]) -> None:
    """A parser goes by what the headers say the body is, so they may say one thing only."""
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


async def _read(receive: ASGIReceiveCallable) -> str:
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
            reader.feed(body[start : start + CHUNK_BYTES])
            await asyncio.sleep(0)
    return reader.model()
