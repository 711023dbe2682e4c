"""A stand-in for the models of the demo: answers in Anthropic's and OpenAI's formats.

No model writes what it says, and it says so. Only the demo and the tests run it.
"""

import json
import secrets
from collections.abc import Iterator
from typing import Any, NamedTuple

Scope = dict[str, Any]
Event = dict[str, Any]
DONE = "[DONE]"


class Written(NamedTuple):
    """A text that was made up, with the numbers of tokens it would count as."""

    model: str
    text: str
    asked_tokens: int

    @property
    def pieces(self) -> list[str]:
        first, *rest = self.text.split(" ")
        return [first, *(f" {word}" for word in rest)]


def written_for(call: dict[str, Any]) -> Written:
    asked = call.get("messages") or call.get("prompt") or ""
    text = (
        f"This is an invented answer: the demo has no {call['model']}, and no model wrote this. "
        "Your call arrived, and your key was accepted."
    )
    return Written(call["model"], text, len(json.dumps(asked)) // 4)


async def application(scope: Scope, receive: Any, send: Any) -> None:
    """Serve calls as a provider does, whole or as server-sent events."""
    if scope["type"] != "http":
        return
    call = json.loads(await body_of(receive))
    whole, stream = FORMATS[scope["path"]]
    written = written_for(call)
    id_ = secrets.token_hex(8)
    headers = [(b"request-id", f"req_demo_{id_}".encode())]
    if not call.get("stream"):
        answer = json.dumps(whole(written, id_)).encode()
        await start(send, headers, b"application/json")
        await send({"type": "http.response.body", "body": answer})
        return
    await start(send, headers, b"text/event-stream")
    for event in stream(written, id_):
        await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def start(send: Any, headers: list[tuple[bytes, bytes]], kind: bytes) -> None:
    headers = [*headers, (b"content-type", kind), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def body_of(receive: Any, most: int = 2**25) -> bytes:
    """Return the whole body; what is longer than `most` is cut off."""
    body, more = b"", True
    while more and len(body) <= most:
        event: Event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return body


# Anthropic's Messages ------------------------------------------------------------------------


def message(written: Written, id_: str) -> dict[str, Any]:
    return {
        "id": f"msg_demo_{id_}",
        "type": "message",
        "role": "assistant",
        "model": written.model,
        "content": [{"type": "text", "text": written.text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": written.asked_tokens, "output_tokens": len(written.pieces)},
    }


def message_events(written: Written, id_: str) -> Iterator[str]:
    empty = {**message(written, id_), "content": [], "stop_reason": None}
    yield named("message_start", message=empty)
    yield named("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for piece in written.pieces:
        yield named("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
    yield named("content_block_stop", index=0)
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    yield named("message_delta", delta=end, usage={"output_tokens": len(written.pieces)})
    yield named("message_stop")


def named(kind: str, **fields: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"


# OpenAI's chat completions and completions ---------------------------------------------------


def chat(written: Written, id_: str) -> dict[str, Any]:
    answer = {"role": "assistant", "content": written.text, "refusal": None}
    choice = {"index": 0, "message": answer, "logprobs": None, "finish_reason": "stop"}
    return {**openai_head("chat.completion", written, id_), **with_usage(choice, written)}


def chat_events(written: Written, id_: str) -> Iterator[str]:
    head = openai_head("chat.completion.chunk", written, id_)
    for piece in written.pieces:
        yield chunk(head, {"index": 0, "delta": {"content": piece}, "finish_reason": None})
    yield chunk(head, {"index": 0, "delta": {}, "finish_reason": "stop"})
    yield f"data: {DONE}\n\n"


def completion(written: Written, id_: str) -> dict[str, Any]:
    choice = {"index": 0, "text": written.text, "logprobs": None, "finish_reason": "stop"}
    return {**openai_head("text_completion", written, id_), **with_usage(choice, written)}


def completion_events(written: Written, id_: str) -> Iterator[str]:
    head = openai_head("text_completion", written, id_)
    for piece in written.pieces:
        yield chunk(head, {"index": 0, "text": piece, "logprobs": None, "finish_reason": None})
    yield f"data: {DONE}\n\n"


def openai_head(kind: str, written: Written, id_: str) -> dict[str, Any]:
    return {"id": f"demo-{id_}", "object": kind, "created": 0, "model": written.model}


def with_usage(choice: dict[str, Any], written: Written) -> dict[str, Any]:
    asked, said = written.asked_tokens, len(written.pieces)
    usage = {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}
    return {"choices": [choice], "usage": usage}


def chunk(head: dict[str, Any], choice: dict[str, Any]) -> str:
    return f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"


FORMATS = {
    "/v1/messages": (message, message_events),
    "/v1/chat/completions": (chat, chat_events),
    "/v1/completions": (completion, completion_events),
}
