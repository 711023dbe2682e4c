"""Count words, also in scripts without spaces between them.

`static/words.js` counts in the same way during typing; a test compares the two.
"""

import re

from lifecycle.text.normalization import canonical

# About one word: two characters of Chinese or Japanese, five of Thai, Lao, Khmer, Burmese, Tibetan,
# Javanese and related scripts. Dictionaries would be more exact, but those of browsers and servers
# differ, so a page and its form would disagree.
CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u30ff\u3105-\u312f"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua48c\uf900-\ufaff\uff66-\uff9f"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
SOUTH_EAST_ASIAN = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f"
    "\ua980-\ua9ff\uaa60-\uaadf"
)
BLANK = (
    "\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000-\u3004\u3008-\u3020"
    "\u302a-\u3030\u303d-\u303f\ufe30-\ufe4f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
IGNORED = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
WORD = re.compile(f"[{CJK}]{{1,2}}|[{SOUTH_EAST_ASIAN}]{{1,5}}|[^{BLANK}{CJK}{SOUTH_EAST_ASIAN}]+")
# ASCII, Latin-1 and General Punctuation: a dash between spaces isn't a word.
PUNCTUATION = re.compile("[!-/:-@[-`{-~\xa1\xab\xb7\xbb\xbf\u2010-\u2027\u2030-\u205e]+")


def count(text: str) -> int:
    found = WORD.findall(IGNORED.sub("", canonical(text)))
    return sum(not PUNCTUATION.fullmatch(word) for word in found)
