"""Keys: their form, with vectors that other implementations can check themselves against."""

import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app import key_format
from requests_app.key_format import ALPHABET, KINDS, is_well_formed

# Checksums from gzip's trailer, digests from openssl: neither is our own code.
VECTORS = (
    ("emk_000000000000000000000000000000", "3UCCOW"),
    ("emt_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "1rPr39"),
    ("ems_0123456789ABCDEFGHIJKLMNOPQRST", "3dxN0y"),
    ("emk_ZYXWVUTSRQPONMLKJIHGFEDCBAzyxw", "0G49GK"),
)
KEY = "".join(VECTORS[0])
DIGEST = "75bcc082181864a532b8de4faff7aa64decd527355d210051e296694c11dcfe8"
PEPPERS = {1: b"\x01" * 32, 2: b"\x02" * 32, 10: b"\x03" * 32}


@pytest.mark.parametrize(("start", "checksum"), VECTORS)
def test_with_checksum_gives_the_published_keys(start: str, checksum: str) -> None:
    assert key_format.with_checksum(start) == start + checksum
    assert is_well_formed(start + checksum)
    assert is_well_formed((start + checksum).encode())


@pytest.mark.parametrize("kind", KINDS)
def test_new_makes_well_formed_keys_of_each_kind(kind: key_format.Kind) -> None:
    key = key_format.new(kind)
    assert re.fullmatch(r"\bem[kst]_[0-9A-Za-z]{36}\b", key)
    assert key.startswith(f"{kind}_")
    assert is_well_formed(key)


def test_new_makes_no_key_twice() -> None:
    assert len({key_format.new() for _ in range(1000)}) == 1000


def test_new_refuses_another_kind() -> None:
    with pytest.raises(ValueError, match="emk, emt, ems"):
        key_format.new("emx")


@given(st.text() | st.binary() | st.none() | st.from_regex(r"em[kst]_[0-9A-Za-z]{36}\n?"))
def test_is_well_formed_never_raises(anything: object) -> None:
    assert is_well_formed(anything) in (True, False)


@given(
    st.sampled_from([start + checksum for start, checksum in VECTORS]),
    st.integers(0, 39),
    st.sampled_from(ALPHABET) | st.characters(),
)
def test_is_well_formed_refuses_any_changed_character(key: str, place: int, other: str) -> None:
    changed = key[:place] + other + key[place + 1 :]
    assert is_well_formed(changed) == (changed == key)


@pytest.mark.parametrize("wrong", [KEY[:-1], KEY + "0", KEY + "\n", f" {KEY}", KEY.upper(), ""])
def test_is_well_formed_refuses_more_and_less_than_a_key(wrong: str) -> None:
    assert not is_well_formed(wrong)


def test_is_well_formed_refuses_digits_of_other_scripts() -> None:
    assert not is_well_formed(KEY.replace("0", "\N{ARABIC-INDIC DIGIT ZERO}"))


def test_digest_is_the_published_one() -> None:
    assert key_format.digest(KEY, PEPPERS[1]).hex() == DIGEST


def test_newest_digest_uses_the_highest_version() -> None:
    assert key_format.newest_digest(KEY, PEPPERS) == (10, key_format.digest(KEY, PEPPERS[10]))


def test_digests_are_of_every_version_and_the_newest_comes_first() -> None:
    expected = [key_format.digest(KEY, PEPPERS[version]) for version in (10, 2, 1)]
    assert key_format.digests(KEY, PEPPERS) == expected


def test_last_four_are_the_last_four() -> None:
    assert key_format.last_four(KEY) == "CCOW"


@given(st.binary(max_size=200), st.binary(max_size=100))
def test_digester_is_digest_with_the_pepper_worked_in(pepper: bytes, key: bytes) -> None:
    assert key_format.digester(pepper)(key) == hmac.digest(pepper, key, "sha256")
