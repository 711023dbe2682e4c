"""LiteLLM's custom_auth: asks Emeritus about every call, with the model that the call names.

In LiteLLM's configuration: `general_settings: {custom_auth: emeritus_auth.user_api_key_auth}`, with
this file beside it and EMERITUS_CHECK set to the address of the check.
"""

import json
import os
from typing import Any

import httpx
from fastapi import HTTPException, Request
from litellm.proxy._types import UserAPIKeyAuth

CHECK = os.environ.get("EMERITUS_CHECK", "http://127.0.0.1:8001/gateway/check")
OPERATIONS = {
    "/chat/completions": "messages",
    "/v1/chat/completions": "messages",
    "/v1/messages": "messages",
    "/completions": "completions",
    "/v1/completions": "completions",
}
PASSED_ON = ("retry-after", "ratelimit", "ratelimit-policy", "www-authenticate")
client = httpx.AsyncClient(timeout=4, trust_env=False)


async def user_api_key_auth(request: Request, api_key: str) -> UserAPIKeyAuth:
    """Raises HTTPException with the check's own answer, and 503 when there is none."""
    try:
        answer = await client.get(CHECK, headers=await _question(request, api_key))
    except httpx.HTTPError:
        raise HTTPException(503, "The check can't be made at the moment. Try again.") from None
    if answer.status_code != 204:
        said = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
        raise HTTPException(answer.status_code, answer.json(), headers=said)
    # The id of the key and not the key itself is what LiteLLM keeps and logs.
    return UserAPIKeyAuth(
        api_key=answer.headers["x-emeritus-key"], user_id=answer.headers["x-emeritus-holder"]
    )


async def _question(request: Request, api_key: str) -> dict[str, str]:
    """Paths that are no call to a model are refused: they have no operation that a key allows."""
    return {
        "authorization": f"Bearer {api_key.removeprefix('Bearer ')}",
        "x-emeritus-model": _model(await request.body()),
        "x-emeritus-operation": OPERATIONS.get(request.url.path, "other"),
        "x-emeritus-address": request.client.host if request.client else "",
    }


def _model(body: bytes) -> str:
    """An identifier as in the catalogue; one that isn't ASCII is none."""
    try:
        sent: Any = json.loads(body)
        model = sent["model"]
    except (ValueError, KeyError, TypeError):
        return "none"
    return model if isinstance(model, str) and model.isascii() and model.isprintable() else "none"
