"""One form for each text, and the form in which two are compared. Pure functions.

Texts are stored in NFC with one character as their line end, so that a length, a digest and a
comparison don't depend on the keyboard, the browser or the door that they came through.
"""

import re
import unicodedata

# CR LF is what HTML forms send for a line break that browsers count as one character.
LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")

# Default_Ignorable_Code_Point of the Unicode Character Database: what has no shape of its own. It
# holds letters too, the Hangul fillers.
IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
BLANK_PATTERN = "\u2800"  # a Braille cell without dots


def canonical(text: str) -> str:
    """In NFC, each line end one character."""
    return unicodedata.normalize("NFC", LINE_END.sub("\n", text))


def tidied(text: str) -> str:
    """Canonical and without outer blanks; empty when there is nothing to see in it.

    What PostgreSQL can't store stays, so that it is refused and not dropped.
    """
    text = canonical(text).strip()
    return text if UNSTORABLE.search(text) or any(is_seen(sign) for sign in text) else ""


def one_line(text: str) -> str:
    """Tidied, with each run of blanks made one space, whichever blanks they were.

    Line breaks stay, so that who reads a name can refuse them.
    """
    return tidied(re.sub(r"[^\S\n]+", " ", canonical(text)))


def comparable(text: str) -> str:
    """What two texts share when people would call them equal: NFKC and full case folding.

    As Unicode's toNFKC_Casefold (The Unicode Standard, 3.13): ß is ss, full-width letters are
    letters, and what can't be seen doesn't count.
    """
    text = unicodedata.normalize("NFD", IGNORABLE.sub("", text))
    for _ in range(2):  # one folding can make what another one folds
        text = unicodedata.normalize("NFKC", text.casefold())
    return " ".join(IGNORABLE.sub("", text).split())


def opaque_string(password: str) -> str:
    """A password as two keyboards would agree on it (OpaqueString, RFC 8265): NFC, plain spaces.

    Neither case nor compatibility forms are folded, which would make it weaker.
    """
    spaced = re.sub(r"[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]", " ", password)
    return unicodedata.normalize("NFC", spaced)


def is_seen(sign: str) -> bool:
    """Whether a character shows by itself. A combining mark without its letter doesn't count."""
    if sign == BLANK_PATTERN or IGNORABLE.match(sign):
        return False
    return unicodedata.category(sign)[0] in "LNPS"


def is_readable(text: str) -> bool:
    """Whether it has a letter or a digit that can be seen."""
    return any(is_seen(sign) and unicodedata.category(sign)[0] in "LN" for sign in text)
