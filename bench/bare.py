"""The least that an ASGI application can do: what the server itself costs."""

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope

HEADERS = [(b"content-length", b"2")]


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send(
        {"type": "http.response.start", "status": 200, "headers": HEADERS, "trailers": False}
    )
    await send({"type": "http.response.body", "body": b"ok", "more_body": False})
