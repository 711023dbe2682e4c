"""Gateways that answer with nonsense: every call ends soon, and only in IssuerError."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler

import pytest
from django.utils import timezone

from lifecycle.config.issuers import IssuerSettings
from requests_app.issuers import IssuerError, KeyTerms, litellm
from requests_app.issuers.litellm import LiteLLM
from tests.support.fake_litellm import Server

SECRET = "emk_" + "x" * 36
NESTED = "[" * 100_000 + "]" * 100_000


def listing(key: str, pages: str = "1") -> str:
    return f'{{"keys": [{key}], "total_pages": {pages}}}'


def listed(**values: str) -> str:
    fields = {"token": f'"{"a" * 64}"', **values}
    return listing("{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}")


class Nonsense(BaseHTTPRequestHandler):
    """Answers every call with the same text, or keeps returning more pages."""

    status, text, elsewhere = 200, "", ""
    asked: list[str]

    def do_POST(self) -> None:
        self.asked.append(self.path)
        self.send_response(self.status)
        if self.elsewhere:
            self.send_header("Location", self.elsewhere)
        if self.text != "endless":
            self.send_header("Content-Length", str(len(self.text)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(self.text.encode())
            while self.text == "endless":
                self.wfile.write(b" " * 2**16)

    do_GET = do_POST

    def log_message(self, *args: object) -> None: ...


@contextmanager
def saying(text: str, status: int = 200, elsewhere: str = "") -> Iterator[LiteLLM]:
    asked: list[str] = []
    message = {"status": status, "text": text, "elsewhere": elsewhere, "asked": asked}
    server = Server(("127.0.0.1", 0), type("Said", (Nonsense,), message))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield LiteLLM(IssuerSettings("odd", "litellm", url, "sk-admin", {"a": "b"}), "site")
        assert len(asked) <= litellm.TRIES
    finally:
        server.shutdown()
        server.server_close()


CALLS: dict[str, Callable[[LiteLLM], object]] = {
    "create": lambda issuer: issuer.create("key_1", SECRET, KeyTerms(("b",), timezone.now())),
    "delete": lambda issuer: issuer.delete("key_1"),
    "find": lambda issuer: issuer.find("key_1"),
    "every": lambda issuer: list(issuer.every()),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("text", ["", "null", "[]", '"x"', "NaN", "{}", NESTED, '{"keys": 1}'])
def test_what_is_no_answer_is_an_error_without_a_secret(call: str, text: str) -> None:
    with saying(text) as odd, pytest.raises(IssuerError) as refused:
        CALLS[call](odd)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        listed(token="null"),
        listed(token='"not a digest"'),
        listed(models="7"),
        listed(models='["a", 1]'),
        listed(expires="7"),
        listed(expires='"soon"'),
        listed(metadata='"x"'),
        listed(max_budget='"much"'),
        listed(rpm_limit="{}"),
        listing("7"),
        listing("", pages="Infinity"),
        listing("", pages="null"),
    ],
)
def test_a_list_of_something_else_is_an_error(text: str) -> None:
    with saying(text) as odd, pytest.raises(IssuerError, match="a list of keys"):
        list(odd.every())


def test_pages_without_keys_are_the_end() -> None:
    with saying(listing("", pages="1000000")) as odd:
        assert list(odd.every()) == []


@pytest.mark.parametrize("call", CALLS)
def test_nobody_is_sent_elsewhere_with_the_admin_key(call: str) -> None:
    with (
        saying("{}") as other,
        saying("", 307, other._settings.url) as odd,
        pytest.raises(IssuerError, match="status 307"),
    ):
        CALLS[call](odd)


def test_an_answer_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(litellm, "MAX_RESPONSE_BYTES", 2**18)
    with saying("endless") as odd, pytest.raises(IssuerError, match="keeps returning more pages"):
        odd.create("key_1", SECRET, KeyTerms(("b",), timezone.now()))


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(litellm, "MAX_SECONDS", -1)
    with saying("{}") as odd, pytest.raises(IssuerError, match="keeps returning more pages"):
        odd.create("key_1", SECRET, KeyTerms(("b",), timezone.now()))
