"""Answers that are RFC 9457 problems, for programs; in the language that is active."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import JsonResponse
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext
from django_stubs_ext import StrOrPromise

from lifecycle.config.logs import redacted
from lifecycle.serving.problem_types import ProblemType

CONTENT_TYPE = "application/problem+json"
FOR_PROGRAMS = ("api", "gateway", "oauth")  # the first part of paths that answer in JSON


def is_for_programs(path: str) -> bool:
    return path.lstrip("/").partition("/")[0] in FOR_PROGRAMS


def address_of(slug: str) -> str:
    """Return the URL that explains this type of problem."""
    return f"{settings.SITE_URL}/problems/#{slug}"


def problem(kind: ProblemType, path: str, detail: StrOrPromise = "", **more: Any) -> dict[str, Any]:
    """Return the members; `detail` replaces the type's own sentence."""
    return {
        "type": address_of(kind.slug),
        "title": gettext(kind.title),
        "status": kind.status,
        "detail": str(detail) or gettext(kind.sentence),
        "instance": escape_uri_path(redacted(path)),
        **more,
    }


def respond(
    kind: ProblemType,
    path: str,
    detail: StrOrPromise = "",
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    members = problem(kind, path, detail)
    return JsonResponse(members, status=kind.status, content_type=CONTENT_TYPE, headers=headers)
