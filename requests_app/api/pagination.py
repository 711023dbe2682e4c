"""Cursor pagination; cursors are signed, so callers can only send back those that they got."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.core import signing
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

MAX_PAGE_SIZE = 200
QUERY = ("cursor", "page_size")


def bad_cursor() -> ValidationError:
    return ValidationError({"cursor": [_("Invalid cursor. Start again without it.")]})


class CheckedCursorPagination(CursorPagination):
    """Orders by one unique column, so that rows never move between pages."""

    page_size_query_param = "page_size"
    max_page_size = MAX_PAGE_SIZE

    def get_page_size(self, request: Request) -> int:
        given = request.query_params.get("page_size", str(api_settings.PAGE_SIZE))
        if not re.fullmatch("[0-9]{1,4}", given) or not 1 <= int(given) <= MAX_PAGE_SIZE:
            sentence = _("Ask for 1 to %(most)d rows on a page.") % {"most": MAX_PAGE_SIZE}
            raise ValidationError({"page_size": [sentence]})
        return int(given)

    def encode_cursor(self, cursor: Cursor) -> str:
        """Return the URL of a page; nobody but us makes its cursor, and for this list only."""
        url = str(self.base_url)
        signer = self._signer(urlsplit(url).path)
        token = signer.sign_object([cursor.offset, cursor.reverse, cursor.position])
        return replace_query_param(url, self.cursor_query_param, token)

    def decode_cursor(self, request: Request) -> Cursor | None:
        sent = request.query_params.get(self.cursor_query_param)
        if sent is None:
            return None
        try:
            return Cursor(*self._signer(request.path).unsign_object(sent))
        except (signing.BadSignature, ValueError, TypeError):
            raise bad_cursor() from None

    def _signer(self, path: str) -> signing.Signer:
        return signing.Signer(salt=f"requests_app.api.pagination {path}")

    def get_paginated_response(self, data: Any) -> Response:
        """Name the pages before and after in `Link` too (RFC 8288)."""
        response = super().get_paginated_response(data)
        pages = {"next": response.data["next"], "prev": response.data["previous"]}
        if links := [f'<{url}>; rel="{rel}"' for rel, url in pages.items() if url]:
            response.headers["Link"] = ", ".join(links)
        return response

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {"minimum": 1, "maximum": MAX_PAGE_SIZE}
        return parameters

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        """Describe a page in OpenAPI 3.1; DRF's own has the null of 3.0."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }


class NewestFirstPagination(CheckedCursorPagination):
    """Newest rows first, by primary key, which only grows."""

    ordering = "-pk"


class IdentifierPagination(CheckedCursorPagination):
    """Models in the order of their identifiers."""

    ordering = "identifier"
