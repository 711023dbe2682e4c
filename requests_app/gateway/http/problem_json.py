"""Problem details (RFC 9457) with the error members that the official SDKs read."""

import json
from collections.abc import Mapping

from requests_app.gateway.http.problems import Problem

# Error types as the official SDKs of Anthropic and OpenAI name them.
KINDS = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    410: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "api_error",
}


def body(problem: Problem, site_url: str, **more: str | int | None) -> bytes:
    """Return the problem as one line of ASCII JSON; `more` adds or replaces members."""
    members: dict[str, str | int | None] = {
        "type": f"{site_url}/problems/#{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.sentence,
    }
    if problem.see:
        members["see"] = site_url + problem.see
    members |= more
    return json.dumps(members | {"error": _error(problem, members)}).encode()


def _error(problem: Problem, members: Mapping[str, object]) -> dict[str, str]:
    """Return the `error` extension member (RFC 9457, 3.2); SDKs show only its `message`."""
    sentences = [f"{members['title']}.", str(members["detail"])]
    if "see" in members and str(members["see"]) not in sentences[1]:
        sentences.append(f"See {members['see']}")
    return {
        "type": kind(problem.status),
        "code": problem.slug,
        "message": " ".join(sentences),
    }


def kind(status: int) -> str:
    return KINDS.get(status, "invalid_request_error")
