"""The parser of request bodies: JSON only."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.utils.json import strict_constant


class BodyParser(JSONParser):
    """Parses JSON; refuses nesting too deep to parse, and a name that an object has twice."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        encoding = (parser_context or {}).get("encoding") or settings.DEFAULT_CHARSET
        try:
            text = stream.read().decode(encoding)
            return json.loads(text, parse_constant=strict_constant, object_pairs_hook=_once_each)
        except LookupError:
            raise ParseError(f"“{encoding}” isn't a charset of text. Send UTF-8.") from None
        except RecursionError:
            raise ParseError("This JSON is nested too deeply.") from None
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from None


def _once_each(members: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        ((name, _),) = Counter(name for name, _ in members).most_common(1)
        raise ParseError(f"“{name}” appears twice in one object. Keep one.")
    return found
