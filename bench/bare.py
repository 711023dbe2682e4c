"""The least that an application can do: what a server itself costs.

`application` says ok. `same` says what the check would say, and looks at nothing.
"""

from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope

OK = [(b"content-length", b"2")]
YES = [
    (b"cache-control", b"no-store"),
    (b"x-emeritus-key", b"key_5d41402abc4b2a76"),
    (b"x-emeritus-grant", b"grant_7d793037a0760186"),
    (b"x-emeritus-holder", b"user-7"),
    (b"x-emeritus-ends", b"2026-12-25T13:20:38.174485Z"),
    (b"ratelimit-policy", b'"minute";q=100000000;w=60'),
    (b"ratelimit", b'"minute";r=99999999;t=22'),
]


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    await _answer(scope, receive, send, 200, OK, b"ok")


async def same(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    await _answer(scope, receive, send, 204, YES, b"")


async def _answer(
    scope: Scope,
    receive: ASGIReceiveCallable,
    send: ASGISendCallable,
    status: int,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
) -> None:
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send(
        {"type": "http.response.start", "status": status, "headers": headers, "trailers": False}
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def rsgi(scope: Any, protocol: Any) -> None:
    """The same ok by granian's own interface."""
    protocol.response_bytes(200, [], b"ok")
