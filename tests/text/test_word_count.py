"""Words are counted in every script, and by the page's script as by the server."""

import json
import random
import subprocess
import unicodedata
from collections.abc import Sequence

import pytest

from lifecycle.config.env import ROOT
from lifecycle.text.word_count import count
from requests_app.validation import text_limits
from tests.support.required_tools import need

COUNTED_BY_THE_PAGE = """
const fs = require("node:fs"), vm = require("node:vm");
globalThis.document = { querySelectorAll: () => [] };
vm.runInThisContext(fs.readFileSync(process.argv[1], "utf8"));
const texts = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => countWords(text))));
"""
# One or more of each class, and what has surprised somebody: marks, joiners, pairs, line ends.
SIGNS = [
    *"aZ9é-–…'\"&", " ", "\n", "\r\n", "\t", "\xa0", "\u2028", "\x85", "\x1c", "\ufeff", "\u200b",
    *"研究모델。，「」・ー々〆", "か\u3099", "ｱﾞ", "葛\U000e0100", "\U00020000",
    "\U0001f469\u200d\U0001f52c",
    *"การวิจัยພາສາခမျွងབོད", "\u0301", "\u200d", "\u200c", "\u202e", "\xad", "\u3164", "\ufe0f",
]  # fmt: skip


def counted_by_the_page(texts: Sequence[str]) -> list[int]:
    script = ROOT / "static" / "words.js"
    command = [need("node"), "-e", COUNTED_BY_THE_PAGE, str(script)]
    answer = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True)
    assert not answer.returncode, answer.stderr
    found: list[int] = json.loads(answer.stdout)
    return found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        (" \n", 0),
        ("Compare refusals.", 2),
        ("state-of-the-art – it's 3.5", 3),
        ("\u200b \u3164", 0),
        ("研究" * 4_800, 4_800),
        ("我们研究旧模型。", 4),
        ("モデルを比べる、それだけ。", 6),
        ("Claude Opus 3の研究", 5),
        ("การวิจัย", 2),
        ("우리는 모델을 연구한다", 3),
        ("Ｃｌａｕｄｅ　Ｏｐｕｓ", 2),
        ("葛\U000e0100城", 1),
        (unicodedata.normalize("NFD", "がぎ"), 1),
    ],
)
def test_words_are_counted_in_every_script(text: str, number: int) -> None:
    assert count(text) == number
    assert counted_by_the_page([text]) == [number]


def test_a_purpose_in_chinese_is_held_to_the_same_length() -> None:
    most = text_limits.MAX_WORDS["purpose"]
    assert text_limits.word_limit_problem("研究" * most, most) is None
    assert text_limits.word_limit_problem("研究" * most + "旧", most)


def test_page_counts_as_the_server_does() -> None:
    drawn = random.Random(19)
    texts = ["".join(drawn.choices(SIGNS, k=drawn.randint(0, 40))) for _ in range(3_000)]
    assert counted_by_the_page(texts) == [count(text) for text in texts]


def test_page_and_server_know_the_same_characters() -> None:
    points = [*range(1, 0xD800), *range(0xE000, 0x20010), *range(0xE0000, 0xE0200)]
    texts = [f"a{chr(point)}b{chr(point) * 3}" for point in points]
    shown = counted_by_the_page(texts)
    differing = [
        f"U+{point:04X}"
        for point, text, number in zip(points, texts, shown, strict=True)
        if count(text) != number
    ]
    assert differing == []
