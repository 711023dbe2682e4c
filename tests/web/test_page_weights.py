"""How much a page makes a reader load: one stylesheet, one more for charts, little of anything."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Grant
from tests.support.page_client import ACCOUNT, Browser
from tests.support.request_standings import answers, standings, used

__all__ = ["standings", "used"]

pytestmark = pytest.mark.django_db

PAGE, ALL = 60_000, 90_000  # bytes before compression: the HTML, and with all that it loads
NOT_PAGES = re.compile(
    r"^/static/|^/admin/|^/feeds/|\.csv$|\.json$|\.txt$|/export/$|/files/file_|/cite\.|/logout/$|^/api/"
)
ONE_OF_MANY = re.compile(r"_[0-9a-f]{16}|/(?:models|deployment-reports|essays)/[^/]+/")
LOADED = re.compile(r'<(?:link|script|img)\b[^>]*?(?:href|src)="/static/([^"]+)"')


def crawl(client: Client, *starts: str) -> Iterator[tuple[str, Any]]:
    """These pages, and of the pages of one kind that they link to, one."""
    ahead, kinds = list(starts), {ONE_OF_MANY.sub("N", start) for start in starts}
    while ahead:
        address = ahead.pop()
        answer = client.get(address, follow=True)
        yield address, answer
        for path in re.findall(r'href="(/[^"#?]*)', answer.content.decode()):
            kind = ONE_OF_MANY.sub("N", path)
            if not NOT_PAGES.search(path) and kind not in kinds:
                kinds.add(kind)
                ahead.append(path)


def too_heavy(address: str, answer: Any) -> Iterator[str]:
    html = answer.content.decode()
    files = set(LOADED.findall(html))
    sheets = [name for name in files if name.endswith(".css")]
    whole = len(answer.content) + sum(size(name) for name in files)
    wanted = {"emeritus.css", "chart.css"} if 'class="chart"' in html else {"emeritus.css"}
    if set(sheets) != wanted:
        yield f"{address} loads {sheets}"
    if len(answer.content) > PAGE or whole > ALL:
        yield f"{address} has {len(answer.content)} bytes, {whole} with what it loads"


def size(name: str) -> int:
    path = finders.find(name)
    assert isinstance(path, str), name
    with open(path, "rb") as file:
        return len(file.read())


def test_no_page_is_heavy(
    standings: dict[str, AccessRequest], used: Grant, alice: User, bob: User, settings: Settings
) -> None:
    settings.MODELS_URL = "https://models.example"
    call_command("load_catalogue", verbosity=0)
    own = [f"/requests/{row}/" for row in standings.values()]
    pages = [
        *crawl(Client(), "/", "/nope/", *ACCOUNT),
        *crawl(Browser(alice), "/models/claude-3-opus-20240229/", f"/access/{used}/", *own),
        *crawl(Browser(bob), f"/requests/{standings['in_review']}/"),
        *answers(alice, standings).items(),
    ]
    assert len(pages) > 50
    assert [line for page in pages for line in too_heavy(*page)] == []


def test_pages_of_the_desk_are_light(standings: dict[str, AccessRequest], rita: User) -> None:
    asked = "/admin/requests_app/accessrequest/"
    desk = Browser(rita)
    addresses = ["/admin/", asked, f"{asked}dashboard/", f"{asked}{standings['denied'].pk}/change/"]
    sizes = {address: len(desk.get(address).content) for address in addresses}
    assert {address: size for address, size in sizes.items() if size > PAGE} == {}
