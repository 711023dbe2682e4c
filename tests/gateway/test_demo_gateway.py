"""The demo's own gateway in front of its fake model: what it passes on and what it refuses."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx

from demo.model_gateway import ModelGateway
from tests.support.gateway_fixtures import KEY, LIVE, OPUS, ROW, MemoryStore, in_memory

HELLO = {"model": OPUS, "messages": [{"role": "user", "content": "Hello!"}]}


def answers(*calls: tuple[str, dict[str, str], Any]) -> list[httpx.Response]:
    """What a caller gets, for path, headers and body of each call."""

    async def ask() -> list[httpx.Response]:
        check = in_memory(MemoryStore(replace(ROW, ends_at=LIVE, expires_at=LIVE)))
        await check.open()
        asking = httpx.AsyncClient(transport=httpx.ASGITransport(check), base_url="http://check")
        gateway = ModelGateway(asking)
        transport = httpx.ASGITransport(gateway)
        async with httpx.AsyncClient(transport=transport, base_url="http://models") as client:
            got = [await client.post(path, headers=sent, json=body) for path, sent, body in calls]
        await check.close()
        return got

    return asyncio.run(ask())


def test_calls_are_answered_in_the_format_of_their_api_and_refused_without_a_key() -> None:
    mine, bearer = {"x-api-key": KEY}, {"Authorization": f"Bearer {KEY}"}
    whole, chat, stream, none, other, odd, elsewhere = answers(
        ("/v1/messages", mine, HELLO),
        ("/v1/chat/completions", bearer, HELLO),
        ("/v1/chat/completions", bearer, {**HELLO, "stream": True}),
        ("/v1/messages", {}, HELLO),
        ("/v1/messages", mine, {**HELLO, "model": "gpt-4"}),
        ("/v1/messages", mine, {**HELLO, "models": ["gpt-4"]}),
        ("/v1/embeddings", mine, HELLO),
    )
    assert "invented" in whole.json()["content"][0]["text"]
    assert "invented" in chat.json()["choices"][0]["message"]["content"]
    pieces = [line.removeprefix("data: ") for line in stream.text.splitlines() if line]
    assert pieces[-1] == "[DONE]"
    told = [json.loads(piece)["choices"][0]["delta"].get("content", "") for piece in pieces[:-1]]
    assert "".join(told) == chat.json()["choices"][0]["message"]["content"]
    refused = [(one.status_code, one.json()["type"].split("#")[-1]) for one in (none, other, odd)]
    assert refused == [(410, "model-retired"), (403, "wrong-model"), (400, "unclear-body")]
    assert elsewhere.status_code == 404
