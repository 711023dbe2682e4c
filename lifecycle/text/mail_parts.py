"""Convert a rendered HTML email to its subject and plain text."""

import re
from html.parser import HTMLParser
from typing import NamedTuple

BLOCKS = {"body", "div", "h1", "h2", "li", "ol", "p", "pre", "table", "td", "tr", "ul"}
SILENT = {"script", "style"}
_BLANKS = re.compile(r"[ \t\r\n\f]+")  # no-break spaces stay
_AROUND_BREAK = re.compile(r" *\n *")


class MailParts(NamedTuple):
    """`subject` is one line; `text` has an empty line between paragraphs and spells out links."""

    subject: str
    text: str


def read(html: str) -> MailParts:
    """Return the `<title>` and the body of an email."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    blocks = [
        block if at in reader.code else _AROUND_BREAK.sub("\n", block).strip()
        for at, block in enumerate(reader.blocks)
    ]
    text = "\n\n".join(block for block in blocks if block)
    text = re.sub(r"^(- .*)\n\n(?=- )", r"\1\n", text, flags=re.M)
    return MailParts(" ".join(reader.title.split()), f"{text}\n")


class _Reader(HTMLParser):
    """Collects one string per paragraph; the parser decodes entities."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.blocks = [""]
        self.inside: list[str] = []
        self.address = ""
        self.link_at = 0
        self.code: set[int] = set()  # indexes of the blocks whose blanks stay

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.blocks[-1] += "\n"
        elif tag == "a":
            self.address, self.link_at = dict(attrs).get("href") or "", len(self.blocks[-1])
        elif tag in SILENT or tag == "title":
            self.inside.append(tag)
        elif tag in BLOCKS:
            self.blocks.append("- " if tag == "li" else "")
            if tag == "pre":
                self.code.add(len(self.blocks) - 1)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._write_address()
        elif self.inside and tag == self.inside[-1]:
            self.inside.pop()
        elif tag in BLOCKS:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if "title" in self.inside:
            self.title += data
        elif len(self.blocks) - 1 in self.code:
            self.blocks[-1] += data
        elif not self.inside:
            self._add(_BLANKS.sub(" ", data))

    def _add(self, data: str) -> None:
        at_start = self.blocks[-1].endswith((" ", "\n")) or not self.blocks[-1]
        self.blocks[-1] += data.lstrip(" ") if at_start else data

    def _write_address(self) -> None:
        """Add the URL after a link's text: after a colon if it stands alone, else in brackets."""
        before, label = self.blocks[-1][: self.link_at], self.blocks[-1][self.link_at :].strip()
        if label != self.address:
            label = f"{label} ({self.address})" if before.strip() else f"{label}: {self.address}"
        self.blocks[-1] = before + label
