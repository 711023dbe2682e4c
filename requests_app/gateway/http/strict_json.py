"""Reads the model that a body of JSON names, and refuses what two parsers could read in two ways.

A body is judged here and then served by a parser that isn't ours. So only what RFC 8259 allows
passes, and of that nothing that parsers differ about: see `ModelReader`.
"""

import codecs
import json
import re
import unicodedata

MAX_DEPTH = 200
MAX_TOKENS = 50_000  # names, values and signs that are read one by one: a quarter of a second
MAX_NUMBER = 1_000  # characters
MAX_NAME = 400  # characters of what is kept of a string
DEPTH_OF_A_TOOL = 3  # the object, its array of tools, one tool

SPACE = re.compile(r"[ \t\n\r]+")
WORD = re.compile(r"[-+.0-9A-Za-z]*")
SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
# A string up to its end or the end of what is there; possessive, so that it never goes back.
PART = re.compile(r'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
MAX_ESCAPE_LENGTH = 6  # characters of the longest one, \u0000
# What is complete, nested a little and followed by a sign that ends it: read at once, since
# nobody looks into it. Possessive throughout; whatever else there is, is read token by token.
SHORT_NUMBER = r"-?+(?:0|[1-9][0-9]{0,30}+)(?:\.[0-9]{1,30}+)?+(?:[eE][+-]?+[0-9]{1,4}+)?+"
STRING = f'"{PART.pattern}"'
BLANK = r"[ \t\n\r]*+"
SKIPPED_LEVELS = 3


def _items(value: str) -> str:
    return rf"(?:{BLANK}{value}{BLANK}(?:,|(?=\])))*+"


def _pairs(value: str) -> str:
    return rf"(?:{BLANK}{STRING}{BLANK}:{BLANK}{value}{BLANK}(?:,|(?=\}})))*+"


def _value(levels: int) -> str:
    """A value that holds at most so many levels of arrays and objects."""
    flat = f"{STRING}|{SHORT_NUMBER}|true|false|null"
    if not levels:
        return f"(?:{flat})"
    inner = _value(levels - 1)
    return rf"(?:{flat}|\[{_items(inner)}(?<!,)\]|\{{{_pairs(inner)}(?<!,)\}})"


RUNS = {
    "[": re.compile(_items(_value(SKIPPED_LEVELS))),
    "{": re.compile(_pairs(_value(SKIPPED_LEVELS))),
}
AT_START_OF_RUN = {"[": ("first item", "value"), "{": ("first name", "name")}

# Which signs may follow; s is a string, v any other value that is no object or array.
MAY_FOLLOW = {
    "start": "{",
    "value": "{[sv",
    "first item": "{[sv]",
    "after item": ",]",
    "first name": "s}",
    "name": "s",
    "colon": ":",
    "after member": ",}",
    "end": "",
}
# Members by which routers in front of models choose another one than `model`.
ELSEWHERE = frozenset(
    (
        *("models", "model_list", "fallback", "fallbacks"),
        *("context_window_fallbacks", "content_policy_fallbacks"),
        *("router_settings_override", "user_config", "api_base", "base_url"),
    )
)

LOOKED_INTO = ("model", "tools")  # members whose values are judged, so each has one spelling


class UnclearError(Exception):
    """Not JSON that every parser reads alike; its text says what to change."""


def plain(name: str) -> str:
    """As the most forgiving parser compares it. Raises UnclearError for what none should need."""
    if "\\" in name or not name.isprintable():
        raise UnclearError("A name in it has an escape or a sign that can't be seen.")
    return unicodedata.normalize("NFKC", name).casefold().strip()


class ModelReader:
    """Takes a body piece by piece, keeping no more of it than the name.

    Refused besides what isn't JSON: no object, a top member `model` that is missing, twice or no
    string, `model` or `tools` in another spelling (letter case, escapes, compatibility forms),
    nesting beyond MAX_DEPTH, anything that isn't UTF-8 (a byte-order mark too), and anything
    after the object.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._text = ""
        self._nesting: list[str] = []
        self._expected = "start"
        self._string: str | None = None
        self._member = ""
        self._tokens = 0
        self._model: str | None = None

    def feed(self, piece: bytes, *, final: bool = False) -> None:
        """Raises UnclearError."""
        try:
            self._text += self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            raise UnclearError("It isn't UTF-8.") from None
        at = self._read(0, final=final)
        self._text = self._text[at:]

    def model(self) -> str:
        """After the last piece. Raises UnclearError."""
        self.feed(b"", final=True)
        if self._expected != "end" or self._text:
            raise UnclearError("It isn't one whole JSON object.")
        if self._model is None:
            raise UnclearError("It has no “model”.")
        return self._model

    def _read(self, at: int, *, final: bool) -> int:
        """How far what is there could be read."""
        while at < len(self._text):
            start = at
            if self._string is not None:
                at = self._in_string(at)
            elif space := SPACE.match(self._text, at):
                at = space.end()
            else:
                at = self._run(at) or self._token(at, final=final)
            if at == start:
                break
        return at

    def _run(self, at: int) -> int:
        """Past items or members that are complete and that nobody looks into; 0 without any."""
        depth = len(self._nesting)
        if not self._first_free_depth() <= depth <= MAX_DEPTH - SKIPPED_LEVELS:
            return 0
        kind = self._nesting[-1]
        if self._expected not in AT_START_OF_RUN[kind]:
            return 0
        end = RUNS[kind].match(self._text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
        if end == at:
            return 0
        more = AT_START_OF_RUN[kind][1]
        self._expected = more if self._text[end - 1] == "," else self._after()
        return end

    def _first_free_depth(self) -> int:
        """From where on a name or a value is judged as JSON only."""
        return DEPTH_OF_A_TOOL + 1 if self._member == "tools" else 2

    def _token(self, at: int, *, final: bool) -> int:
        self._tokens += 1
        if self._tokens > MAX_TOKENS:
            raise UnclearError("It has too many parts.")
        sign = self._text[at]
        if sign == '"':
            self._take("s")
            self._string = ""
            return at + 1
        if sign in "{}[]:,":
            self._take(sign)
            return at + 1
        return self._scalar(at, final=final)

    def _scalar(self, at: int, *, final: bool) -> int:
        """One that touches the end of what is there may go on in the next piece."""
        end = WORD.match(self._text, at, at + MAX_NUMBER).end()  # type: ignore[union-attr]  # it matches nothing, too
        if end == len(self._text) and not final:
            return at
        if not SCALAR.fullmatch(self._text, at, end):
            raise UnclearError("It isn't valid JSON.")
        self._take("v")
        return end

    def _in_string(self, at: int) -> int:
        part = PART.match(self._text, at)
        assert part is not None  # it matches nothing, too
        assert self._string is not None
        if len(self._string) <= MAX_NAME:
            self._string += part.group()[: MAX_NAME + 1]
        end = part.end()
        if end == len(self._text):
            return end
        if self._text[end] == '"':
            self._string_ended(self._string)
            return end + 1
        if self._text[end] == "\\" and len(self._text) - end < MAX_ESCAPE_LENGTH:
            # The rest of an escape is still to come; what was kept is kept.
            return end
        raise UnclearError("It has a string with a control character or an unknown escape.")

    def _string_ended(self, raw: str) -> None:
        self._string = None
        is_name, depth = self._expected == "colon", len(self._nesting)
        if depth == 1 and is_name:
            self._member = self._top_name(raw)
        elif depth == 1 and self._member == "model":
            self._model = json.loads(f'"{raw}"') if len(raw) <= MAX_NAME else ""
        elif depth == DEPTH_OF_A_TOOL and is_name and self._member == "tools":
            self._look_at_name_in_tool(raw)

    def _top_name(self, raw: str) -> str:
        """Of a member of the object itself: parsers differ in what they take for the same name."""
        folded = plain(raw)
        if folded in ELSEWHERE:
            raise UnclearError(f"Leave out “{folded}”: only “model” names the model here.")
        if folded in LOOKED_INTO and raw != folded:
            raise UnclearError(f"Spell “{folded}” in just this way.")
        if folded == "model" and self._model is not None:
            raise UnclearError("It has “model” twice.")
        return folded

    def _look_at_name_in_tool(self, raw: str) -> None:
        """A tool that runs another model; what a tool takes (its schema) is deeper."""
        if plain(raw) == "model":
            raise UnclearError("Leave out “model” in “tools”: such a tool calls another model.")

    def _take(self, sign: str) -> None:
        if sign not in MAY_FOLLOW[self._expected]:
            raise UnclearError("It isn't one valid JSON object.")
        if sign != "s" and self._names_the_model():
            raise UnclearError("Its “model” isn't text.")
        if sign in "{[":
            self._open(sign)
        elif sign in "}]":
            self._nesting.pop()
            self._expected = self._after()
        elif sign == ":":
            self._expected = "value"
        elif sign == ",":
            self._expected = "name" if self._nesting[-1] == "{" else "value"
        else:
            is_name = sign == "s" and self._expected in ("name", "first name")
            self._expected = "colon" if is_name else self._after()

    def _open(self, sign: str) -> None:
        if len(self._nesting) == MAX_DEPTH:
            raise UnclearError("It is nested too deep.")
        self._nesting.append(sign)
        self._expected = "first name" if sign == "{" else "first item"

    def _names_the_model(self) -> bool:
        is_value_at_top = len(self._nesting) == 1 and self._expected == "value"
        return is_value_at_top and self._member == "model"

    def _after(self) -> str:
        if not self._nesting:
            return "end"
        return "after member" if self._nesting[-1] == "{" else "after item"
