"""Normalize text for storage and for comparison. Pure functions.

Text is stored in NFC with one character per line break, so that lengths, digests and comparisons
don't depend on keyboard, browser or entry point.
"""

import re
import unicodedata

# CR LF is what HTML forms send for a line break that browsers count as one character.
LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")

# Default_Ignorable_Code_Point of the Unicode Character Database: characters without a glyph. They
# include letters, the Hangul fillers.
IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
BLANK_PATTERN = "\u2800"  # a Braille cell without dots


def canonical(text: str) -> str:
    """Return the text in NFC, with each line break one character."""
    return unicodedata.normalize("NFC", LINE_END.sub("\n", text))


def tidied(text: str) -> str:
    """Return the canonical text without outer whitespace; empty if nothing in it is visible.

    Characters that PostgreSQL can't store stay, so that they are refused and not dropped.
    """
    text = canonical(text).strip()
    return text if UNSTORABLE.search(text) or any(is_seen(sign) for sign in text) else ""


def one_line(text: str) -> str:
    """Return the tidied text with each run of whitespace replaced by one space.

    Line breaks stay, so that validation can refuse them.
    """
    return tidied(re.sub(r"[^\S\n]+", " ", canonical(text)))


def comparable(text: str) -> str:
    """Return what two texts share that people would call equal: NFKC and full case folding.

    As Unicode's toNFKC_Casefold (The Unicode Standard, 3.13): ß is ss, full-width letters are
    letters, and invisible characters don't count.
    """
    text = unicodedata.normalize("NFD", IGNORABLE.sub("", text))
    for _ in range(2):  # one pass can produce characters that fold again
        text = unicodedata.normalize("NFKC", text.casefold())
    return " ".join(IGNORABLE.sub("", text).split())


def opaque_string(password: str) -> str:
    """Return the password as any keyboard would enter it (OpaqueString, RFC 8265).

    That is NFC with plain spaces. Folding case or compatibility forms would weaken it.
    """
    spaced = re.sub(r"[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]", " ", password)
    return unicodedata.normalize("NFC", spaced)


def is_seen(sign: str) -> bool:
    """Return whether a character is visible by itself; a combining mark alone isn't."""
    if sign == BLANK_PATTERN or IGNORABLE.match(sign):
        return False
    return unicodedata.category(sign)[0] in "LNPS"


def is_readable(text: str) -> bool:
    """Return whether the text has a visible letter or digit."""
    return any(is_seen(sign) and unicodedata.category(sign)[0] in "LN" for sign in text)
