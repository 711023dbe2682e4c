"""The text of a file as the desk shows it in place."""

import codecs
import re
from typing import NamedTuple

from lifecycle.text.normalization import LINE_END
from requests_app.files import storage
from requests_app.models import Attachment

MAX_TEXT_BYTES = 100_000
# Controls, overrides of the direction, and invisible characters that could hide or reorder words.
# Joiners stay: scripts and emoji need them.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)


class TextPreview(NamedTuple):
    """The beginning of a text file, with hidden characters made visible."""

    text: str
    shown_bytes: int
    is_cut: bool


def text_of(row: Attachment) -> TextPreview:
    """Read the file's beginning; bytes that are no text show as U+FFFD. May raise Unavailable."""
    with storage.open_verified(row.public_id, row.digest) as file:
        content = file.read(MAX_TEXT_BYTES)
    is_cut = row.size > len(content)
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    # Not final where it is cut: half a character at the end is left out.
    text = decoder.decode(content, final=not is_cut)
    text = HIDDEN.sub(_code_point, LINE_END.sub("\n", text))
    return TextPreview(text, len(content), is_cut)


def _code_point(found: re.Match[str]) -> str:
    return f"⟨U+{ord(found[0]):04X}⟩"
