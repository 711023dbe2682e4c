"""LiteLLM's custom_auth: asks Emeritus about every call, with the model that the call names.

In LiteLLM's configuration: `general_settings: {custom_auth: emeritus_auth.user_api_key_auth}`, with
this file beside it and EMERITUS_CHECK set to the address of the check.
"""

import json
import os
from typing import Any

import httpx
from fastapi import Request
from litellm.proxy._types import ProxyException, UserAPIKeyAuth

CHECK = os.environ.get("EMERITUS_CHECK", "http://127.0.0.1:8001/gateway/check")
OPERATIONS = {
    "/chat/completions": "messages",
    "/v1/chat/completions": "messages",
    "/v1/messages": "messages",
    "/completions": "completions",
    "/v1/completions": "completions",
}
# What a body may say to LiteLLM so that another model, or another server, answers the call.
ELSEWHERE = {
    "api_base",
    "api_key",
    "base_url",
    "content_policy_fallbacks",
    "context_window_fallbacks",
    "fallbacks",
    "model_list",
    "router_settings_override",
    "user_config",
}
PASSED_ON = (
    "retry-after",
    "x-should-retry",
    "ratelimit",
    "ratelimit-policy",
    "www-authenticate",
    "sunset",
    "deprecation",
    "link",
)
client = httpx.AsyncClient(timeout=4, trust_env=False)


async def user_api_key_auth(request: Request, api_key: str) -> UserAPIKeyAuth:
    """Raises ProxyException with the check's own reason, and 503 when there is no answer.

    LiteLLM drops the headers of an HTTPException, and those of a ProxyException it keeps.
    """
    model = await _model(request)
    try:
        answer = await client.get(CHECK, headers=_question(request, api_key, model))
    except httpx.HTTPError:
        raise _no(503, "check-unavailable", "The check can't be made now. Try again.") from None
    if answer.status_code != 204:
        raise _refusal(answer)
    # The id of the key and not the key itself is what LiteLLM keeps and logs.
    return UserAPIKeyAuth(
        api_key=answer.headers["x-emeritus-key"], user_id=answer.headers["x-emeritus-holder"]
    )


async def _model(request: Request) -> str:
    """The one model that LiteLLM will call. Raises ProxyException when that isn't certain."""
    if "model" in request.query_params or "form" in request.headers.get("content-type", ""):
        raise _no(400, "model-not-named", "Name the model in a body of JSON, and only there.")
    try:
        sent: Any = json.loads(await request.body())
    except ValueError:
        return "none"
    if not isinstance(sent, dict):
        return "none"
    if elsewhere := ELSEWHERE & sent.keys():
        raise _no(400, "model-not-named", f"Leave out {', '.join(sorted(elsewhere))}.")
    model = sent.get("model")
    return model if isinstance(model, str) and model.isascii() and model.isprintable() else "none"


def _question(request: Request, api_key: str, model: str) -> dict[str, str]:
    """Paths that are no call to a model are refused: they have no operation that a key allows.

    The path is the one that is served; in `request.url` the caller's Host header may change it.
    """
    return {
        "authorization": f"Bearer {api_key.removeprefix('Bearer ')}",
        "x-emeritus-model": model,
        "x-emeritus-operation": OPERATIONS.get(request.scope["path"], "other"),
        "x-emeritus-address": request.client.host if request.client else "",
    }


def _refusal(answer: httpx.Response) -> ProxyException:
    """In the form of OpenAI's errors, which is LiteLLM's; `type` is the address of the reason."""
    passed_on = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
    try:
        problem = answer.json()
        return _no(answer.status_code, problem["type"], problem["error"]["message"], passed_on)
    except (ValueError, KeyError, TypeError):
        return _no(503, "check-unavailable", "The check gave no answer that can be read.")


def _no(
    status: int, reason: str, sentence: str, headers: dict[str, str] | None = None
) -> ProxyException:
    return ProxyException(
        message=sentence, type=reason, param=None, code=status, headers=headers or {}
    )
