"""Cursor pagination; cursors come back from callers, so they are validated before use."""

import re
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.settings import api_settings

MAX_PAGE_SIZE = 200
QUERY = ("cursor", "page_size")


def bad_cursor() -> ValidationError:
    return ValidationError({"cursor": [_("Invalid cursor. Start again without it.")]})


class CheckedCursorPagination(CursorPagination):
    """Orders by one unique column, so that rows never move between pages."""

    page_size_query_param = "page_size"
    max_page_size = MAX_PAGE_SIZE
    position: ClassVar[re.Pattern[str]]

    def get_page_size(self, request: Request) -> int:
        given = request.query_params.get("page_size", str(api_settings.PAGE_SIZE))
        if not re.fullmatch("[0-9]{1,4}", given) or not 1 <= int(given) <= MAX_PAGE_SIZE:
            sentence = _("Ask for 1 to %(most)d rows on a page.") % {"most": MAX_PAGE_SIZE}
            raise ValidationError({"page_size": [sentence]})
        return int(given)

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise bad_cursor() from None
        # A position reaches the SQL query; text for a number would be a database error.
        if cursor and cursor.position and not self.position.fullmatch(str(cursor.position)):
            raise bad_cursor()
        return cursor

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
    position = re.compile("[0-9]{1,18}")


class IdentifierPagination(CheckedCursorPagination):
    """Models in the order of their identifiers."""

    ordering = "identifier"
    position = re.compile(r"[^\x00]{1,100}")
