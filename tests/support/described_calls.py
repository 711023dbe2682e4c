"""Calls that schemathesis makes of the API's description, with what is really there put in."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from lifecycle.catalogue.models import AIModel, Provider
from requests_app.models import (
    AccessRequest,
    Attachment,
    Grant,
    Invitation,
    Key,
    Policy,
    ServiceToken,
    StandingRule,
)

PREFIX = "/api/v1/"
Ids = Mapping[str, list[Any]]


@dataclass(frozen=True)
class Caller:
    """What somebody sends with every call."""

    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


def ids_there() -> dict[str, list[Any]]:
    """The IDs of what is there, by the first part of the path."""
    requests = _ids(AccessRequest)
    models = list(AIModel.objects.order_by("pk").values_list("identifier", flat=True))
    rows: dict[str, Any] = {
        "grants": Grant,
        "keys": Key,
        "policies": Policy,
        "service-tokens": ServiceToken,
        "standing-rules": StandingRule,
        "standing-offers": StandingRule,
        "invitations": Invitation,
        "file": Attachment,
    }
    found = {name: _ids(model) for name, model in rows.items()}
    return {
        **found,
        **dict.fromkeys(("identifier", "model", "models"), models),
        "email": ["bob@example.org"],
        "policy": [row.slug for row in Policy.objects.all()],
        "provider": [row.slug for row in Provider.objects.all()],
        "requests": requests,
        "reviews": requests,
        "emergency-requests": requests,
        "emergency-grants": found["grants"],
    }


def put_in(case: Any, ids: Ids) -> None:
    """Replace the IDs that schemathesis made up, but for one in eight; nobody makes up cursors."""
    (case.query or {}).pop("cursor", None)
    _put_in_place_of_texts(case.query or {}, ids)
    kind = case.operation.path.removeprefix(PREFIX).split("/")[0]
    for name, made_up in (case.path_parameters or {}).items():
        chosen = zlib.crc32(f"{made_up}".encode())
        there = ids.get(kind if name == "id" else name, ())
        if there and chosen % 8:
            case.path_parameters[name] = there[chosen // 8 % len(there)]
    if isinstance(case.body, dict):
        _put_in_place_of_texts(case.body, ids)


def _put_in_place_of_texts(values: dict[str, Any], ids: Ids) -> None:
    """Texts that name something that is there."""
    for name, value in values.items():
        there = ids.get(name, ()) if name != "file" else ()  # its content, not its ID
        if there and isinstance(value, str):
            values[name] = there[zlib.crc32(value.encode()) % len(there)]
        if there and isinstance(value, list) and all(isinstance(one, str) for one in value):
            values[name] = list(there[: len(value)])


def tag_for(case: Any, caller: Caller) -> dict[str, str]:
    """`If-Match` with what the caller would have read, where the call takes one."""
    if not any(parameter.name == "If-Match" for parameter in case.operation.headers):
        return {}
    parts = case.formatted_path.strip("/").split("/")
    read = parts if case.method in ("PUT", "PATCH") else parts[:-1]
    cookies = "; ".join(f"{name}={value}" for name, value in caller.cookies.items())
    headers = {name: value for name, value in caller.headers.items() if name == "Authorization"}
    answer = Client().get(f"/{'/'.join(read)}/", headers={"Cookie": cookies, **headers})
    return {"If-Match": answer["ETag"]} if "ETag" in answer else {}


def _ids(model: Any) -> list[Any]:
    return [getattr(row, "public_id", None) or row.slug for row in model.objects.order_by("pk")]
