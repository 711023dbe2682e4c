"""Headers that keep a browser from doing more than a page needs, and ways out of the site."""

import pytest
from django.test import Client

from lifecycle.people.models import User
from requests_app.models import Grant
from tests.conftest import PASSWORD
from tests.support.page_client import OWN, PUBLIC, Browser
from tests.support.soak_sizes import some

pytestmark = pytest.mark.django_db

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "http:///evil.example",
    "https:evil.example",
    " https://evil.example",
]


@pytest.mark.parametrize(
    "address", [*some([*PUBLIC, *OWN], 5), "/nope/", "/admin/", "/static/emeritus.css"]
)
def test_every_answer_has_the_headers(address: str, rita: User, grant: Grant) -> None:
    answer = Browser(rita).get(address)
    assert {name: answer[name] for name in HEADERS} == HEADERS
    directives = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["default-src"] == directives["frame-ancestors"] == "'none'"
    assert "camera=()" in answer["Permissions-Policy"]
    answer.close()


def test_what_cannot_be_read_is_answered_with_the_headers_too() -> None:
    odd = "application/x-www-form-urlencoded; charset=utf-7"
    wish = Client(headers={"accept": "text/html; a*=nowhere''b"})
    for answer in (
        Client().get("/admin/?q=%00"),
        Client().post("/", "a=b", content_type=odd),
        wish.post("/language/", {"language": "de"}),
        wish.get("/api/v1/models/"),
    ):
        assert answer.status_code == 400
        assert {name: answer[name] for name in HEADERS} == HEADERS
        assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("elsewhere", some(ELSEWHERE, 4))
def test_no_address_sends_a_person_elsewhere(elsewhere: str, alice: User, grant: Grant) -> None:
    signing_in = {"login": alice.email, "password": PASSWORD, "next": elsewhere}
    answers = [
        Client().post("/accounts/login/", signing_in),
        Browser(alice).get("/accounts/login/", {"next": elsewhere}),
        Browser(alice).post("/accounts/logout/", {"next": elsewhere}),
        Browser(alice).post("/admin/login/", {"next": elsewhere}),
        Browser(alice).post(f"/access/{grant}/claim/?next={elsewhere}", {"next": elsewhere}),
        Browser(alice).post("/profile/", {"full_name": "Alice", "next": elsewhere}),
    ]
    for answer in answers:
        assert answer.status_code in (200, 302, 403)
        assert answer.get("Location", "/").startswith("/")
        assert "evil" not in answer.get("Location", "").partition("?")[0]


def test_way_back_stays_on_this_site(alice: User) -> None:
    """A path of two slashes would be the name of a host."""
    browser = Browser(alice, enforce_csrf_checks=True)
    came_from = {"referer": "http://testserver//evil.example/"}
    html = browser.post("/profile/", headers=came_from).content.decode()
    assert 'href="/%2Fevil.example/"' in html
    assert 'href="//' not in html


def test_cookies_keep_to_this_site(alice: User) -> None:
    browser = Browser()
    browser.get("/accounts/login/")
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert browser.cookies["session"]["httponly"]
    assert {browser.cookies[name]["samesite"] for name in ("session", "csrf")} == {"Lax"}
