"""What docs/keys.md publishes is what the code does."""

import hashlib
import hmac
import re

import pytest

from lifecycle.config.env import ROOT
from requests_app import key_format
from requests_app.actions.keys import leaks

TEXT = (ROOT / "docs" / "keys.md").read_text()
CODE = re.findall(r"```(\w*)\n(.*?)```", TEXT, re.DOTALL)


def rows(pattern: str) -> list[tuple[str, ...]]:
    found = re.findall(rf"^\| {pattern} \|$", TEXT, re.MULTILINE)
    assert found
    return found


def test_the_expression_is_the_one_that_finds_keys() -> None:
    assert (CODE[1][1].strip()) == key_format.PATTERN.pattern


@pytest.mark.parametrize(("start", "checksum"), rows(r"`(em\w_\w{30})` \| `(\w{6})`"))
def test_the_vectors_hold_for_the_code_and_for_the_published_function(
    start: str, checksum: str
) -> None:
    published: dict[str, object] = {}
    (source,) = (code for language, code in CODE if language == "python")
    exec(source, published)  # noqa: S102 - our own page
    function = published["checksum"]
    assert callable(function)
    assert function(start) == checksum
    assert key_format.with_checksum(start) == start + checksum


@pytest.mark.parametrize(("text", "verdict"), rows(r"`([\w-]{40})` \| (yes|no)(?:: [\w ]+)?"))
def test_what_is_called_well_formed_is(text: str, verdict: str) -> None:
    assert key_format.is_well_formed(text) == (verdict == "yes")


@pytest.mark.parametrize(("key", "byte", "digest"), rows(r"`(\w+)` \| `(\d\d)` \| `(\w{64})`"))
def test_the_digest_holds(key: str, byte: str, digest: str) -> None:
    pepper = bytes.fromhex(byte) * 32
    assert hmac.new(pepper, key.encode(), hashlib.sha256).hexdigest() == digest
    assert key_format.digest(key, pepper).hex() == digest


def test_the_number_that_may_be_reported_at_once_is_true() -> None:
    assert f"up to {leaks.MAX_REPORTED} at a time" in TEXT
