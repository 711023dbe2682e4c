"""The line of each value in a YAML text."""

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

import yaml

NULL = "tag:yaml.org,2002:null"
SWITCH = {"true": True, "yes": True, "false": False, "no": False}
MAX_QUOTE_LENGTH = 60
MAX_FINDINGS = 100  # more take seconds to find, and nobody reads them
_NUMBER = re.compile(r"[0-9]{1,15}")


class YAMLFinding(NamedTuple):
    """A problem with one value."""

    line: int
    path: str
    sentence: str


class InvalidYAML(Exception):
    """The text isn't YAML; the message says where."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.finding = YAMLFinding(line, "the file", sentence)


class _Loader(yaml.SafeLoader):
    """Refuses aliases, with which a short text can stand for a huge one."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # its stubs say no more
            mark = event.start_mark
            line = mark.line + 1 if mark else 1
            raise InvalidYAML(line, "Write the value out: aliases (*) aren't supported.")
        return super().compose_node(parent, index)


class YAMLValue:
    """A value and its position. Problems are collected, so that all are reported at once."""

    def __init__(self, node: yaml.Node, path: str, line: int, findings: list[YAMLFinding]) -> None:
        self.node = node
        self.path = path
        self.line = line
        self.findings = findings
        self.refused: set[str] = set()

    @property
    def is_empty(self) -> bool:
        return self.node.tag == NULL

    def refuse(self, sentence: str, under: str = "") -> None:
        """Add a problem, the first for each place; `under` names a missing field.

        Raises InvalidYAML if there are too many.
        """
        if len(self.findings) >= MAX_FINDINGS:
            raise InvalidYAML(self.line, "There may be more problems. Correct these first.")
        if not self.refused & {"", under}:
            path = ".".join(part for part in (self.path, under) if part) or "the file"
            self.findings.append(YAMLFinding(self.line, path, sentence))
        self.refused.add(under)

    def fields(self, known: Collection[str], needed: Iterable[str]) -> dict[str, "YAMLValue"]:
        """Return the non-empty values of a mapping by name."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse(f"This should have the fields {', '.join(known)}.")
            return {}
        found: dict[str, YAMLValue] = {}
        for key, node in self.node.value:
            self._take(key, node, known, found)
        for name in needed:
            if name not in found:
                self.refuse("This is missing. Add it.", under=name)
            elif found[name].is_empty:
                found[name].refuse("This is empty. Fill it in.")
        return {name: value for name, value in found.items() if not value.is_empty}

    def _take(
        self, key: yaml.Node, node: yaml.Node, known: Collection[str], found: dict[str, "YAMLValue"]
    ) -> None:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        path = f"{self.path}.{shortened(name)}".removeprefix(".")
        value = YAMLValue(node, path, key.start_mark.line + 1, self.findings)
        if name in found:
            value.refuse("This appears twice. Keep one.")
        elif name not in known:
            value.refuse(f"This isn't a field of the file{did_you_mean(name, known)}")
        else:
            found[name] = value

    def items(self) -> list["YAMLValue"]:
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse("This should be a list, each item after a dash.")
            return []
        return [
            YAMLValue(node, f"{self.path}[{place}]", node.start_mark.line + 1, self.findings)
            for place, node in enumerate(self.node.value)
        ]

    def text(self) -> str:
        """Return the text as written, ignoring YAML's types for `NO` or `1.0`."""
        if isinstance(self.node, yaml.ScalarNode):
            return str(self.node.value)
        self.refuse("This should be text, not a list or fields.")
        return ""

    def whole(self) -> int:
        if _NUMBER.fullmatch(self.text()):
            return int(self.text())
        self.refuse(f"This should be a whole number, not “{shortened(self.text())}”.")
        return 0

    def switch(self) -> bool:
        if self.text().lower() in SWITCH:
            return SWITCH[self.text().lower()]
        self.refuse(f"This should be true or false, not “{shortened(self.text())}”.")
        return False


def read(text: str, findings: list[YAMLFinding]) -> YAMLValue:
    """Parse a text; problems with its values are collected in `findings`.

    Raises InvalidYAML.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidYAML(line, f"This isn't valid YAML: {error.problem}.") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InvalidYAML(line, "This contains a character that YAML doesn't allow.") from None
    except RecursionError:
        raise InvalidYAML(1, "Lists are nested too deeply.") from None
    if node is None:
        raise InvalidYAML(1, "The file is empty.")
    return YAMLValue(node, "", node.start_mark.line + 1, findings)


def shortened(written: str) -> str:
    line = "".join(sign if sign.isprintable() else " " for sign in written)
    return line if len(line) <= MAX_QUOTE_LENGTH else f"{line[: MAX_QUOTE_LENGTH - 1]}…"


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Return a suffix that suggests a similar known name, if there is one."""
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(written.lower()[:100], by_lower, n=1)
    return f"; did you mean “{by_lower[close[0]]}”?" if close else "."
