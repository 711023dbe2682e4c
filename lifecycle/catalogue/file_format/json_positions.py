"""The line of each value in a JSON text."""

import json
import re
from bisect import bisect_left
from typing import Any, NamedTuple

Path = tuple[str | int, ...]

_FILLER = re.compile(r"[ \t\r\n,:]*")
_NAME = re.compile(r"[\w.-]+")
_DECODER = json.JSONDecoder()


class BrokenJSON(Exception):
    """The text isn't JSON; the message says where."""


class Located(NamedTuple):
    """The data of a JSON text, and where each value starts."""

    data: Any
    starts: dict[Path, int]
    repeated: list[Path]
    line_ends: list[int]

    def line(self, path: Path) -> int:
        """Return the line of the value, or of what should contain it."""
        while path not in self.starts:
            path = path[:-1]
        return bisect_left(self.line_ends, self.starts[path]) + 1


def read(text: str) -> Located:
    """Parse a JSON text. Raises BrokenJSON."""
    try:
        line_ends = [found.start() for found in re.finditer("\n", text)]
        located = Located(json.loads(text), {}, [], line_ends)
        _walk(text, _skip(text, 0), (), located)
    except json.JSONDecodeError as error:
        where = f"{error.lineno}: column {error.colno}"
        raise BrokenJSON(f"{where}: this isn't JSON: {error.msg}") from None
    except RecursionError:
        raise BrokenJSON("1: objects and lists are nested too deeply") from None
    except ValueError as error:
        raise BrokenJSON(f"1: this isn't JSON that can be read: {error}") from None
    return located


def _skip(text: str, at: int) -> int:
    found = _FILLER.match(text, at)
    return found.end() if found else at


def _walk(text: str, at: int, path: Path, located: Located) -> int:
    """Record where the value at `at` and all values in it start; return its end."""
    if path in located.starts:
        located.repeated.append(path)
        for old in [other for other in located.starts if other[: len(path)] == path]:
            del located.starts[old]
    located.starts[path] = at
    if text[at] not in "{[":
        return _DECODER.raw_decode(text, at)[1]
    part: str | int
    is_object, index, at = text[at] == "{", 0, _skip(text, at + 1)
    while text[at] not in "}]":
        part = index
        if is_object:
            part, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _walk(text, _skip(text, at), (*path, part), located))
        index += 1
    return at + 1


def written(path: Path) -> str:
    """Return a path like `.retirements[0].retires`."""
    return "".join(f"[{part}]" if isinstance(part, int) else _key(part) for part in path)


def _key(part: str) -> str:
    return f".{part}" if _NAME.fullmatch(part) else f"[{json.dumps(part)}]"
