"""Which bodies name a model that every parser reads alike, and that all others are refused."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from requests_app.gateway.http.strict_json import (
    ELSEWHERE,
    MAX_DEPTH,
    MAX_NAME,
    ModelReader,
    UnclearError,
)
from tests.support.soak_sizes import size

CLEAR = (
    '{"model":"m"}',
    ' \r\n\t{ "model" : "m" , "a" : [ ] }\n',
    '{"max_tokens":9,"stream":true,"temperature":-1.5e-3,"stop":null,"model":"m"}',
    '{"model":"\\u006d"}',
    '{"messages":[{"role":"user","model":"other","content":"{\\"model\\":\\"other\\"}"}],"model":"m"}',
    '{"tools":[{"name":"t","input_schema":{"properties":{"model":{}}}}],"model":"m"}',
    '{"tools":[{"function":{"parameters":{"model":"x"}}}],"model":"m"}',
    '{"model":"m","é":"\\ud800 \\u0000 é"}',
    '{"model":"m","deep":' + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "}",
)
NAMES_TWICE = (
    '{"model":"m","model":"other"}',
    '{"model":"other","model":"m"}',
    '{"model":"m","model":"m"}',
    '{"model":"m","Model":"other"}',
    '{"MODEL":"m"}',
    '{"model":"m"," model":"other"}',
    '{"model":"m","\\u006dodel":"other"}',
    '{"\\u006dodel":"m"}',
    '{"model":"m","model\\u0000":"other"}',
    '{"model":"m","mod\u200bel":"other"}',
    '{"model":"m","ｍodel":"other"}',
    '{"model":"m","models":["other"]}',
    '{"model":"m","fallbacks":[]}',
    '{"model":"m","tools":[{"type":"advisor","model":"other"}]}',
    '{"model":"m","tools":[{"type":"advisor","Model":"other"}]}',
    '{"tools":[{"\\u006dodel":"other"}],"model":"m"}',
    '{"model":"m","Tools":[{"type":"advisor","model":"other"}]}',
    '{"model":"m","TOOLS":[]}',
    '{"model":"m","ｔools":[{"type":"advisor","model":"other"}]}',
    '{"model":"m"," tools":[{"type":"advisor","model":"other"}]}',
    '{"model":"m","toolſ":[{"type":"advisor","model":"other"}]}',
)
NO_JSON = (
    "",
    " ",
    "hello",
    "null",
    '"model"',
    '[{"model":"m"}]',
    '{"a":"model"}',
    '{"a":{"model":"m"}}',
    '{"model":null}',
    '{"model":1}',
    '{"model":["m"]}',
    '{"model":{"model":"m"}}',
    '\ufeff{"model":"m"}',
    '{"model":"m"',
    '{"model":"m"}}',
    '{"model":"m"} x',
    '{"model":"m"}{"model":"other"}',
    '{"model":"m",}',
    '{,"model":"m"}',
    '{"model" "m"}',
    '{"model":"m" "a":1}',
    '{"model":"m","a":[1,]}',
    '{"model":"m","a":[1 2]}',
    '{"model":"m","a":[}]',
    "{'model':'m'}",
    '{model:"m"}',
    '{"model":"m"/*,"model":"other"*/}',
    '{"model":"m","a":NaN}',
    '{"model":"m","a":Infinity}',
    '{"model":"m","a":01}',
    '{"model":"m","a":1.}',
    '{"model":"m","a":+1}',
    '{"model":"m","a":truex}',
    '{"model":"m","a":"\n"}',
    '{"model":"m","a":"\\x"}',
    '{"model":"m","a":"\\u12"}',
    '{"model":"m","a":"',
    '{"model":"m","deep":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}",
    '{"model":"m","tools":[' + "[]," * 200_000 + "[]]}",
    '{"model":"m","long":' + "1" * 100_000 + "}",
    '{"' + "a" * 1_000_000 + '":1}',
)
NO_NESTED_JSON = (
    *("[1,]", "[1, ]", "[ ,1]", "[1 2]", "[01]", "[1.]", "[tru]", "[+1,2]", "[[1,],2]", "[[1}]"),
    *('[{"a":1,},2]', '[{"a"},2]', '[{"a":1 "b":2},3]', '[{"a":[}]', '{"a":[1]]', '{"a":1,}'),
    *('["\\x",1]', '["\n",1]'),
)
NO_UTF_8 = (
    '{"model":"m"}'.encode("utf-16"),
    '{"model":"m"}'.encode("utf-16-le"),
    '{"model":"m"}'.encode("utf-32"),
    b'{"model":"m","a":"\xff"}',
    b'{"model":"m","a":"\xc3',
    b'{"model":"m","a":"\xed\xa0\x80"}',
    b'{"model":"m","a":"\xc0\x80"}',
)


def named(body: bytes, size: int = 16_384) -> str:
    reader = ModelReader()
    for start in range(0, len(body), size):
        reader.feed(body[start : start + size])
    return reader.model()


@pytest.mark.parametrize("size", [1, 2, 5, 16_384])
@pytest.mark.parametrize("body", CLEAR)
def test_a_clear_body_names_its_model_however_it_is_cut(body: str, size: int) -> None:
    assert named(body.encode(), size) == json.loads(body)["model"] == "m"


@pytest.mark.parametrize("size", [1, 16_384])
@pytest.mark.parametrize("body", [*NAMES_TWICE, *NO_JSON], ids=lambda body: body[:30])
def test_what_could_be_read_in_two_ways_is_refused(body: str, size: int) -> None:
    with pytest.raises(UnclearError):
        named(body.encode(), size if len(body) < 10_000 else 16_384)


@pytest.mark.parametrize("body", NO_UTF_8)
def test_what_is_not_utf_8_is_refused(body: bytes) -> None:
    with pytest.raises(UnclearError):
        named(body)


def test_a_name_longer_than_any_model_s_names_none() -> None:
    longest, longer = "m" * MAX_NAME, "m" * (MAX_NAME + 1)
    assert named(json.dumps({"model": longest}).encode()) == longest
    assert named(json.dumps({"model": longer}).encode()) == ""


ESCAPED = len(r"\ud800\udf00")  # the most characters that JSON writes for one
FLOATS = st.floats(allow_nan=False, allow_infinity=False)  # as JSON has them
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=size(60, 2000), deadline=None)
@given(
    st.dictionaries(st.text(), VALUES, max_size=3),
    st.text(max_size=MAX_NAME // ESCAPED),
    st.booleans(),
)
def test_what_the_reader_names_is_what_python_reads(
    more: dict[str, Any], model: str, ascii_only: bool
) -> None:
    body = json.dumps({**more, "model": model}, ensure_ascii=ascii_only)
    try:
        encoded = body.encode()
    except UnicodeEncodeError:
        return
    try:
        assert named(encoded, 7) == named(encoded) == json.loads(body)["model"]
    except UnclearError:
        # Only for what stands in names; what stands in values never matters.
        assert ELSEWHERE & more.keys() or any(
            "\\" in json.dumps(name) or not name.isprintable() or name.casefold().strip() != name
            for name in more
        )


@given(st.binary() | st.text().map(lambda text: f'{{"model":"m",{text}}}'.encode()))
def test_what_python_refuses_is_refused(body: bytes) -> None:
    try:
        name = named(body)
    except UnclearError:
        return
    assert json.loads(body.decode(), parse_constant=lambda word: 1 / 0)["model"] == name


@pytest.mark.parametrize("size", [1, 16_384])
@pytest.mark.parametrize("nested", NO_NESTED_JSON)
def test_what_is_nested_is_judged_as_json_however_it_is_cut(nested: str, size: int) -> None:
    with pytest.raises(UnclearError):
        named(f'{{"model":"m","a":{nested}}}'.encode(), size)


def test_long_conversations_and_long_lists_are_read() -> None:
    """What nobody looks into is read at once, and counts as one part."""
    said = [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}] * 50_000
    body = {"model": "m", "messages": said, "input": [*range(300_000)]}
    assert named(json.dumps(body).encode(), 2_048) == "m"
