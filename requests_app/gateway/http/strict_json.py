"""Read the model that a JSON body names, refusing whatever parsers could read differently.

The body is judged here and then served by another parser. So only RFC 8259 JSON passes, and none of
the things that parsers treat differently: see `ModelReader`.
"""

import codecs
import json
import re
import unicodedata

MAX_DEPTH = 200
MAX_TOKENS = 50_000  # names, values and signs read one by one, which takes 0.25 s
MAX_NUMBER = 1_000  # characters
MAX_NAME = 400  # characters kept of a string
DEPTH_OF_A_TOOL = 3  # the object, its array of tools, one tool

SPACE = re.compile(r"[ \t\n\r]+")
WORD = re.compile(r"[-+.0-9A-Za-z]*")
SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
# A string up to its end or the end of the piece; possessive, so that it never backtracks.
PART = re.compile(r'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
MAX_ESCAPE_LENGTH = 6  # characters of the longest one, \u0000
# Complete values, nested a little and followed by a delimiter, are skipped in one match, since
# nothing in them matters. Possessive throughout; everything else is read token by token.
SHORT_NUMBER = r"-?+(?:0|[1-9][0-9]{0,30}+)(?:\.[0-9]{1,30}+)?+(?:[eE][+-]?+[0-9]{1,4}+)?+"
STRING = f'"{PART.pattern}"'
BLANK = r"[ \t\n\r]*+"
SKIPPED_LEVELS = 3


def _items(value: str) -> str:
    return rf"(?:{BLANK}{value}{BLANK}(?:,|(?=\])))*+"


def _pairs(value: str) -> str:
    return rf"(?:{BLANK}{STRING}{BLANK}:{BLANK}{value}{BLANK}(?:,|(?=\}})))*+"


def _value(levels: int) -> str:
    """Return a pattern for a value with at most `levels` levels of arrays and objects."""
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

# Which signs may follow each state; s is a string, v any other scalar.
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
# Members by which routers such as LiteLLM choose a model other than `model`.
ELSEWHERE = frozenset(
    (
        *("models", "model_list", "fallback", "fallbacks"),
        *("context_window_fallbacks", "content_policy_fallbacks"),
        *("router_settings_override", "user_config", "api_base", "base_url"),
    )
)

LOOKED_INTO = ("model", "tools")  # members that are inspected, so only one spelling is allowed


class UnclearError(Exception):
    """The body isn't JSON that all parsers read alike; the message says what to change."""


def plain(name: str) -> str:
    """Return the name as the most lenient parser compares it. Raises UnclearError for odd signs."""
    if "\\" in name or not name.isprintable():
        raise UnclearError("Remove escapes and invisible characters from the names in the body.")
    return unicodedata.normalize("NFKC", name).casefold().strip()


class ModelReader:
    """Read a body piece by piece, keeping only the name of the model.

    Besides invalid JSON it refuses: a body that isn't an object; a top-level `model` that is
    missing, repeated or not a string; `model` or `tools` in another spelling (case, escapes,
    compatibility forms); nesting beyond MAX_DEPTH; anything that isn't UTF-8, including a
    byte-order mark; and anything after the object.
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
        """Read one piece. Raises UnclearError."""
        try:
            self._text += self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            raise UnclearError("The body isn't UTF-8.") from None
        at = self._read(0, final=final)
        self._text = self._text[at:]

    def model(self) -> str:
        """Return the model after the last piece. Raises UnclearError."""
        self.feed(b"", final=True)
        if self._expected != "end" or self._text:
            raise UnclearError("The body isn't one whole JSON object.")
        if self._model is None:
            raise UnclearError("The body has no “model”.")
        return self._model

    def _read(self, at: int, *, final: bool) -> int:
        """Read as far as the text is complete and return the position."""
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
        """Skip complete items or members that need no inspection; 0 if there are none."""
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
        """Return the depth from which only JSON syntax is checked."""
        return DEPTH_OF_A_TOOL + 1 if self._member == "tools" else 2

    def _token(self, at: int, *, final: bool) -> int:
        self._tokens += 1
        if self._tokens > MAX_TOKENS:
            raise UnclearError("The body has too many parts.")
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
        """Read a scalar; one at the end of the text may continue in the next piece."""
        end = WORD.match(self._text, at, at + MAX_NUMBER).end()  # type: ignore[union-attr]  # it matches nothing, too
        if end == len(self._text) and not final:
            return at
        if not SCALAR.fullmatch(self._text, at, end):
            raise UnclearError("The body isn't valid JSON.")
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
            # The rest of this escape is in the next piece.
            return end
        raise UnclearError("A string in the body has a control character or an unknown escape.")

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
        """Check the name of a top-level member, as parsers disagree on which names are equal."""
        folded = plain(raw)
        if folded in ELSEWHERE:
            raise UnclearError(f"Leave out “{folded}”: only “model” names the model here.")
        if folded in LOOKED_INTO and raw != folded:
            raise UnclearError(f"Spell “{folded}” in just this way.")
        if folded == "model" and self._model is not None:
            raise UnclearError("The body has “model” twice.")
        return folded

    def _look_at_name_in_tool(self, raw: str) -> None:
        """Refuse a tool that calls another model; its input schema is nested deeper."""
        if plain(raw) == "model":
            raise UnclearError("Leave out “model” in “tools”: such a tool calls another model.")

    def _take(self, sign: str) -> None:
        if sign not in MAY_FOLLOW[self._expected]:
            raise UnclearError("The body isn't one valid JSON object.")
        if sign != "s" and self._names_the_model():
            raise UnclearError("The body's “model” isn't a string.")
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
            raise UnclearError("The body is nested too deeply.")
        self._nesting.append(sign)
        self._expected = "first name" if sign == "{" else "first item"

    def _names_the_model(self) -> bool:
        is_value_at_top = len(self._nesting) == 1 and self._expected == "value"
        return is_value_at_top and self._member == "model"

    def _after(self) -> str:
        if not self._nesting:
            return "end"
        return "after member" if self._nesting[-1] == "{" else "after item"
