"""The parser of request bodies: JSON only."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
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
            sentence = _("“%(charset)s” isn't a charset of text. Send UTF-8.")
            raise ParseError(sentence % {"charset": encoding}) from None
        except RecursionError:
            raise ParseError(_("This JSON is nested too deeply.")) from None
        except json.JSONDecodeError as error:
            sentence = _("Invalid JSON at line %(line)d, column %(column)d.")
            raise ParseError(sentence % {"line": error.lineno, "column": error.colno}) from None
        except ValueError:
            raise ParseError(_("Invalid JSON. Send JSON in UTF-8.")) from None


class MergePatchParser(BodyParser):
    """Parses a JSON Merge Patch (RFC 7396)."""

    media_type = "application/merge-patch+json"


def _once_each(members: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        ((name, _times),) = Counter(name for name, _ in members).most_common(1)
        sentence = _("“%(name)s” appears twice in one object. Keep one.")
        raise ParseError(sentence % {"name": name})
    return found
