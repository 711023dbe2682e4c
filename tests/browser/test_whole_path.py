"""From no account to the receipt of a revoked key, in a real browser."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import AccessRequest, Key, Policy, Usage
from requests_app.wording import titles
from tests.browser.conftest import DESK, PHONE, Visit
from tests.browser.interactions import Hands, KeysAlone
from tests.conftest import today
from tests.support.soak_sizes import size
from translating import catalogues

pytestmark = pytest.mark.stack
EMAIL, PASSWORD = "ada@example.org", "a long enough phrase"
KEY = re.compile(r"emk_[0-9A-Za-z]{36}")


@dataclass(frozen=True)
class How:
    """In which way the site is used."""

    language: str = "en-gb"
    width: int = DESK
    hands: type[Hands] = Hands
    script: bool = True


HOWS = {
    "in German on a phone, without JavaScript": How("de", PHONE, script=False),
    "by keyboard alone": How(hands=KeysAlone),
    "with a mouse": How(),
}


@pytest.fixture(params=list(HOWS)[: size(2, 3)])
def how(request: pytest.FixtureRequest) -> Iterator[How]:
    """Words that the test presses are those of this language's catalogue."""
    how = HOWS[request.param]
    with translation.override(how.language):
        yield how


Begin = Callable[..., Hands]


@pytest.fixture
def begin(how: How, visit: Visit, no_sideways: Callable[[Page], None]) -> Begin:
    """Hands of a person, or of nobody, that look at each page that they come to."""

    def begin(person: User | None = None, language: str = how.language) -> Hands:
        english = left_in_english(language)

        def look(page: Page) -> None:
            no_sideways(page)
            assert page.locator("html").get_attribute("lang") == language
            lines = {line.strip() for line in page.inner_text("body").splitlines()}
            assert not lines & english, page.url

        page = visit(person, width=how.width, locale=how.language, java_script_enabled=how.script)
        return how.hands(page, look)

    return begin


def left_in_english(language: str) -> set[str]:
    """What has another wording in this language, and so mustn't be read."""
    if language not in catalogues.translated():
        return set()
    rows = catalogues.kept(language)
    return {str(row.id) for row in rows if row.id and row.string and row.string != row.id}


def test_the_whole_path(
    begin: Begin, policy: Policy, opus: AIModel, rita: User, mailoutbox: list[EmailMessage]
) -> None:
    ada = begin()
    sign_up(ada, mailoutbox)
    ask(ada, opus)
    approve(begin(rita, language="en-gb"))
    secret = claim(ada)
    see_use(ada, opus, secret)
    revoke(ada)


def heading(hands: Hands) -> str:
    return hands.page.locator("h1").inner_text()


def sign_up(ada: Hands, mailoutbox: list[EmailMessage]) -> None:
    ada.open("/")
    ada.link(gettext("Create an account"))
    ada.fill("email", EMAIL)
    ada.fill("full_name", "Ada")
    ada.fill("password1", PASSWORD)
    ada.fill("password2", PASSWORD)
    ada.button(gettext("Create account"))
    assert heading(ada) == gettext("Check your inbox")
    (mail,) = mailoutbox
    link = re.search(r"http\S+(/accounts/confirm-email/\S+)", str(mail.body))
    assert link
    ada.open(link[1])
    ada.button(gettext("Confirm"))  # which signs in this browser: it has just given the password


def ask(ada: Hands, opus: AIModel) -> None:
    ada.link(gettext("Models"))
    ada.fill("q", "opus")
    ada.button(gettext("Find models"))
    ada.link(opus.name)
    ada.link(gettext("Request access"))
    assert ada.page.locator("main input[name=identifiers]").is_checked()
    ada.button(gettext("Save and continue"))
    assert heading(ada) == gettext("Your request")
    ada.link(gettext("About you"))
    for answers in PARTS:
        for name, text in answers.items():
            ada.tick(name, text) if name in TICKED else ada.fill(name, text)
        if answers:
            ada.button(gettext("Save and continue"))
        else:
            ada.link(gettext("Continue"))
    assert heading(ada) == gettext("Check your answers")
    ada.button(gettext("Send for review"))
    assert gettext("You don't need to do anything now") in ada.page.inner_text("main")


TICKED = ("track", "operations", "accepted_terms", "attests")
# Of the pages in their order; none on those for collaborators and for files.
PARTS: list[dict[str, str]] = [
    {"track": "academic", "organisation": "Example University", "team": "Ada."},
    {"purpose": "Compare refusals."},
    {"operations": "messages", "expected_cost": "40"},
    {"inputs": "Published prompts.", "safety": "Little."},
    {},
    {},
    {"accepted_terms": "", "attests": ""},
]


def approve(rita: Hands) -> None:
    title = titles.of_request(AccessRequest.objects.get())
    rita.open("/admin/")
    rita.link(title)
    rita.fill("reason", "Sound plan.")
    rita.button("Approve…")
    rita.button("Approve")
    assert f"You approved “{title}”." in rita.page.inner_text("body")
    rita.link(title)
    assert "Approved" in rita.page.inner_text("body")


def claim(ada: Hands) -> str:
    ada.link(gettext("My requests"))
    ada.link(titles.of_request(AccessRequest.objects.get()))
    ada.link(gettext("Open your access"))
    ada.button(gettext("Create key"))
    assert heading(ada) == gettext("Your key")
    (secret,) = {str(found) for found in KEY.findall(ada.page.inner_text("main"))}
    ada.link(gettext("I've saved my key"))
    assert secret not in ada.page.content()
    return secret


def see_use(ada: Hands, opus: AIModel, secret: str) -> None:
    counted = {"requests": 5, "input_tokens": 70, "output_tokens": 20}
    Usage.objects.create(key=Key.objects.get(), ai_model=opus, day=today(), **counted)
    ada.link(gettext("My access"))
    ada.follow("main a[href*='/access/grant_']")
    row = ada.page.locator("#usage + .numbers tbody tr, section[aria-labelledby=usage] tbody tr")
    assert {secret[-4:], "5", "70", "20"} <= set(re.findall(r"\w+", row.first.inner_text()))


def revoke(ada: Hands) -> None:
    ada.unfold(gettext("Revoke"))
    ada.button(gettext("Revoke this key"))
    ada.follow("main a[href$='/receipt/']")
    assert heading(ada) == gettext("This key no longer works")
    told = ada.page.inner_text("main")
    assert gettext("Refused from") in told
