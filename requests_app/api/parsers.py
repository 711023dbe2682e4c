"""The parser of request bodies: JSON only."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BodyParser(JSONParser):
    """Parses JSON; refuses nesting too deep to parse, and a name that an object has twice."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read()
        encoding = (parser_context or {}).get("encoding") or settings.DEFAULT_CHARSET
        try:
            parsed = super().parse(BytesIO(body), media_type, parser_context)
            json.loads(body.decode(encoding), object_pairs_hook=_refuse_repeated_names)
        except RecursionError:
            raise ParseError("This JSON is nested too deeply.") from None
        return parsed


def _refuse_repeated_names(members: Sequence[tuple[str, Any]]) -> None:
    for name, times in Counter(name for name, _ in members).most_common(1):
        if times > 1:
            raise ParseError(f"“{name}” appears twice in one object. Keep one.")
