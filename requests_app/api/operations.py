"""What the API's description says of every operation: statuses, header fields, conventions.

A view describes what is its own. All that `views/base.py` does for each call is added here.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS, AllowAny

from requests_app.api.openapi import STATUS_DESCRIPTIONS
from requests_app.api.problems import MEDIA_TYPE
from requests_app.api.views.base import DRY_RUN

NEW_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}  # Python 3.13 has them
PROBLEM_SCHEMA = "#/components/schemas/Problem"
TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer", "minimum": 0}
KEY = TEXT | {"minLength": 16, "maxLength": 255, "pattern": "^[!-~]+$"}
# Of the answers, with the statuses that have them; all do, if none are named.
IN_ANSWERS: dict[str, tuple[tuple[int, ...], str, dict[str, Any]]] = {
    "X-Request-Id": ((), "The ID of the call; yours, if you sent one.", TEXT),
    "RateLimit": ((), "What is left of each limit, and the seconds until it is full again.", TEXT),
    "RateLimit-Policy": ((), "Each limit that the call counts against, and its window.", TEXT),
    "Dry-Run": ((), "`true` if the call was only tried.", TEXT),
    "Retry-After": ((409, 429, 503), "The seconds to wait before you try again.", NUMBER),
    "WWW-Authenticate": ((401, 403), "How to sign in, or what the token lacks.", TEXT),
    "Location": ((201,), "The URL of what was created, if it has one.", TEXT),
}
DRY_RUN_PARAMETER = {
    "in": "query",
    "name": DRY_RUN,
    "schema": {"type": "boolean", "default": False},
    "description": "Answer as if it were done, with `Dry-Run: true`. Nothing is stored or sent.",
}
OF_READING = {"ETag": "The version of what is shown, for `If-None-Match` and `If-Match`."}
OF_LISTS = {"Link": "The URLs of the next and the previous page (RFC 8288)."}
OF_FILES = {"Content-Disposition": "The file's name (RFC 6266)."}
OF_KEYS = {"Idempotency-Replayed": "`true` if this is the answer to an earlier call."}
SENT = {
    "Idempotency-Key": "Makes it safe to send the call again: 16 to 255 visible ASCII characters.",
    "If-None-Match": "The ETag of what you have. You get a 304 while it hasn't changed.",
    "If-Match": "The ETag of what you have read. You get a 412 if it has changed since.",
}


def add_components(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what operations refer to by name, as a hook of drf-spectacular."""
    texts = {name: (text, kind) for name, (_of, text, kind) in IN_ANSWERS.items()}
    texts |= {
        name: (text, TEXT) for name, text in (OF_READING | OF_LISTS | OF_FILES | OF_KEYS).items()
    }
    result["components"] |= {
        "headers": {
            name: {"description": text, "schema": kind} for name, (text, kind) in texts.items()
        },
        "parameters": {
            name: {
                "in": "header",
                "name": name,
                "description": text,
                "schema": KEY if name == "Idempotency-Key" else TEXT,
            }
            for name, text in SENT.items()
        }
        | {DRY_RUN: DRY_RUN_PARAMETER},
        "responses": {name_of(status): _refusal(status) for status in STATUS_DESCRIPTIONS},
    }
    return result


def name_of(status: int) -> str:
    """Return the name of a refusal among the components, such as `NotFound`."""
    phrase = NEW_PHRASES.get(status) or HTTPStatus(status).phrase
    return re.sub("[^A-Za-z]", "", phrase.title())


def _refusal(status: int) -> dict[str, Any]:
    described = {"description": STATUS_DESCRIPTIONS[status], "headers": dict(_headers(status))}
    if status == 304:
        return described
    return {**described, "content": {MEDIA_TYPE: {"schema": {"$ref": PROBLEM_SCHEMA}}}}


def _headers(status: int, *more: str) -> Iterator[tuple[str, dict[str, Any]]]:
    names = [name for name, (of, *_) in IN_ANSWERS.items() if not of or status in of]
    for name in (*names, *more, *(OF_READING if status == 304 else ())):
        yield name, {"$ref": f"#/components/headers/{name}"}


def _has_a_file(response: dict[str, Any]) -> bool:
    return bool(response.get("content")) and "application/json" not in response["content"]


def _needs_a_body(content: dict[str, Any], registry: Any) -> bool:
    """Return whether JSON has members that may not be left out; another form needs a body, too."""
    name = content.get("application/json", {}).get("schema", {}).get("$ref", "").split("/")[-1]
    found = (each.schema for each in registry._components.values() if each.name == name)
    return any(schema.get("required") for schema in found)


class Operation(AutoSchema):
    """drf-spectacular's description of one operation, completed."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        if _needs_a_body(operation.get("requestBody", {}).get("content", {}), args[-1]):
            operation["requestBody"]["required"] = True
        operation.setdefault("parameters", []).extend(self._sent_headers())
        found = operation["responses"]
        for status in {*self._statuses(), *(STATUS_DESCRIPTIONS.keys() & map(int, found))}:
            found[str(status)] = {"$ref": f"#/components/responses/{name_of(status)}"}
        operation["responses"] = dict(sorted(found.items()))
        more = [
            *(OF_READING if self._reads else ()),
            *(OF_LISTS if "Paginated" in str(found.get("200")) else ()),
            *(OF_FILES if _has_a_file(found.get("200", {})) else ()),
            *(OF_KEYS if self._takes_keys else ()),
        ]
        for status, response in found.items():
            if "$ref" not in response:
                response["headers"] = dict(_headers(int(status), *more))
        return operation

    @property
    def _reads(self) -> bool:
        return self.method in SAFE_METHODS

    @property
    def _is_public(self) -> bool:
        """Return whether nobody has to say who they are."""
        permissions = self.view.get_permissions()
        return any(isinstance(each, AllowAny) for each in permissions)

    @property
    def _takes_keys(self) -> bool:
        keeps = getattr(self.view, "keeps_answers", True) and self.view.get_authenticators()
        return not self._reads and bool(keeps)

    @property
    def _compares(self) -> bool:
        return not self._reads and bool(getattr(self.view, "changes", ""))

    def _sent_headers(self) -> Iterator[dict[str, Any]]:
        """Yield the fields that a call may have, by reference."""
        names = {
            "Idempotency-Key": self._takes_keys,
            "If-None-Match": self._reads,
            "If-Match": self._compares,
            DRY_RUN: not self._reads and DRY_RUN in getattr(self.view, "query_of_change", ()),
        }
        for name in (name for name, is_taken in names.items() if is_taken):
            yield {"$ref": f"#/components/parameters/{name}"}

    def get_override_parameters(self) -> Any:
        """Add the filters of a list to what its view describes."""
        filters = getattr(self.view, "filters", None)
        given = super().get_override_parameters()
        return [*given, filters] if filters and self._reads else given

    def _statuses(self) -> Iterator[int]:
        yield from (400, 405, 406, 429, 500, 503)
        if self._reads:
            yield 304
        if not self._is_public:
            yield from (401, 403)
        if "{" in self.path:
            yield 404
        if not self._reads:
            yield from (409, 413, 415, 422)
        if self._compares:
            yield 412
            if getattr(self.view, "needs_if_match", False):
                yield 428
