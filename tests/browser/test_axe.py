"""axe-core finds nothing on any page: signed out, as researcher, on the review desk."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.auth.models import Group
from django.template.loader import render_to_string
from playwright.sync_api import Page
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app.actions.requests import requests
from requests_app.actions.review import comments, reviewer_invitations, saved_reasons
from requests_app.actions.standing import access, lists
from requests_app.actions.standing import rules as standing_rules
from requests_app.models import AccessRequest, Grant, Policy, StandingRule
from requests_app.models.access.standing_input import StandingRuleInput
from requests_app.reports.review.thread import MAX_UNFOLDED
from tests.browser.conftest import DESK, HEIGHT, PHONE, Visit
from tests.conftest import PASSWORD, ask_for
from tests.support import shipped_file
from tests.support.page_client import ACCOUNT, PUBLIC, with_verified_email
from tests.support.request_standings import answers
from tests.support.sample_files import attached, pdf, png
from tests.support.soak_sizes import some

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("used")]
NOT_PAGES = re.compile(
    r"^/static/|^/feeds/|\.(?:csv|json|txt|yaml)$|/logout/$|^/api/|/jsi18n/|/history/|/export/$|/files/file_"
    r"|/cite\."
)
ONE_OF_MANY = re.compile(r"\d+|_[0-9a-f]{16}|/(?:models|deployment-reports|essays)/[^/]+/")
# A retirement of each shape: without a date, redirected, moved, announced for several platforms.
HARD_CASES = (
    "claude-mythos-preview",
    "grok-code-fast-1",
    "gemini-2.5-pro",
    "claude-sonnet-4-5-20250929",
    "code-davinci-002",
)
KINDS = ("violations", "incomplete")
COLOURS = ["color-contrast", "link-in-text-block"]
RUN = """options => axe.run({resultTypes: ["violations", "incomplete"], ...options})
  .then(({violations, incomplete}) => ({violations, incomplete}))"""
# Colours that are still on their way from the other scheme to this one are neither's.
SETTLE = """() => {
  const under_way = document.getAnimations().filter(each => each instanceof CSSTransition);
  under_way.forEach(each => each.finish());
  return [matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light", innerWidth];
}"""


@dataclass(frozen=True)
class Crawler:
    """Everything light and wide; some also dark and narrow, for what colours do wrong."""

    visit: Visit
    found: list[str] = field(default_factory=list)

    def crawl(self, person: User | None, *starts: str, within: str = "/") -> Page:
        """Each of these, and of the pages of one kind that they link to, one."""
        page = self.visit(person, width=DESK, color_scheme="light")
        page.add_init_script(AXE_SCRIPT)
        ahead, kinds = list(starts), {ONE_OF_MANY.sub("N", start) for start in starts}
        in_the_dark = some(starts, 3)  # all pages have their colours from the same variables
        while ahead:
            address = ahead.pop()
            page.goto(address)
            paths = links(page)
            self.note(page, dark=address in in_the_dark)
            for path in paths:
                kind = ONE_OF_MANY.sub("N", path)
                if path.startswith(within) and not NOT_PAGES.search(path) and kind not in kinds:
                    kinds.add(kind)
                    ahead.append(path)
        return page

    def again(self, page: Page, first: str, *others: str) -> None:
        """Pages that ask for the password once more."""
        page.goto(first)
        page.fill("main [name=password]", PASSWORD)
        with page.expect_navigation(url=f"**{first}"):
            page.press("main [name=password]", "Enter")
        self.note(page)
        for address in others:
            page.goto(address)
            self.note(page)

    def show(self, page: Page, name: str, html: str) -> None:
        """A page that no address alone leads to."""
        address = f"/shown/{name.replace(' ', '-')}/"
        page.route(f"**{address}", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.goto(address)
        self.note(page)

    def note(self, page: Page, *, dark: bool = True) -> None:
        self.look(page, "light", {})
        if dark:
            turn(page, "dark", PHONE)
            self.look(page, "dark", {"runOnly": COLOURS})
            turn(page, "light", DESK)

    def look(self, page: Page, scheme: str, options: dict[str, Any]) -> None:
        found = page.evaluate(RUN, options)
        self.found.extend(
            f"{urlsplit(page.url).path}, {scheme}, {rule['id']}: {node['html'][:200]}"
            for kind in KINDS
            for rule in found[kind]
            for node in rule["nodes"]
            if kind == "violations" or is_unseen(node)
        )


def turn(page: Page, scheme: Literal["light", "dark"], width: int) -> None:
    """What the page does with another scheme and width it does without being loaded again."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": HEIGHT})
    assert page.evaluate(SETTLE) == [scheme, width]


def links(page: Page) -> list[str]:
    addresses = page.eval_on_selector_all("a[href]", "links => links.map(a => a.href)")
    return [urlsplit(address).path for address in addresses]


def is_unseen(node: dict[str, Any]) -> bool:
    """White on white, which axe takes for hidden on purpose and doesn't call a violation."""
    told = [check["data"] for check in node["any"] if isinstance(check["data"], dict)]
    return any(data.get("messageKey") == "equalRatio" for data in told)


@pytest.fixture
def crawler(visit: Visit) -> Crawler:
    return Crawler(visit)


def test_strangers_pages_have_no_violation(
    crawler: Crawler, alice: User, standings: dict[str, AccessRequest]
) -> None:
    page = crawler.crawl(None, *PUBLIC, *ACCOUNT, "/nope/")
    for name, answer in answers(alice, standings).items():
        crawler.show(page, name, answer.content.decode())  # type: ignore[attr-defined]
    crawler.show(page, "a fault of ours", render_to_string("500.html"))
    assert "\n".join(crawler.found) == ""


def test_researchers_pages_have_no_violation(
    crawler: Crawler,
    standings: dict[str, AccessRequest],
    used: Grant,
    alice: User,
    bob: User,
    rita: User,
    settings: Settings,
) -> None:
    settings.MODELS_URL = "https://models.example"
    comments.comment(standings["in_review"], by=rita, text="For you.", shown_to_requester=True)
    own = [f"/requests/{row}/" for row in standings.values()]
    grants = [f"/access/{row}/" for row in (used, standings["waiting"].grants.get())]
    draft = f"/requests/{standings['draft']}"
    page = crawler.crawl(
        alice, *own, *grants, f"{draft}/check/", "/account/", "/models/model-denied/"
    )
    crawler.again(page, "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/")
    crawler.crawl(bob, f"/requests/{standings['in_review']}/", within="/requests/req_")
    assert "\n".join(crawler.found) == ""


@pytest.mark.soak
def test_pages_of_hard_cases_have_no_violation(
    crawler: Crawler, no_sideways: Callable[[Page], None]
) -> None:
    shipped_file.load()
    page = crawler.crawl(None, *(f"/models/{name}/" for name in HARD_CASES), within="-")
    turn(page, "light", PHONE)
    for name in HARD_CASES:
        page.goto(f"/models/{name}/")
        no_sideways(page)
    assert "\n".join(crawler.found) == ""


def test_pages_of_standing_access_have_no_violation(
    crawler: Crawler, rule: StandingRule, lab: Group, bob: User, eve: User, opus: AIModel
) -> None:
    lab.user_set.add(eve)
    address = f"/standing/{rule.public_id}/"
    crawler.crawl(eve, address, "/access/", f"/models/{opus.identifier}/", "/numbers/", within="-")
    grant = access.start(rule, by=bob, accepts=True)
    crawler.crawl(bob, f"/access/{grant}/", address, within="-")
    assert "\n".join(crawler.found) == ""


def test_desk_of_standing_access_has_no_violation(
    crawler: Crawler, rule: StandingRule, bob: User, pat: User
) -> None:
    grant = access.start(rule, by=bob, accepts=True)
    rules = "/admin/requests_app/standingrule/"
    text = StandingRuleInput(
        "The list", [*rule.ai_models.all()], rule.ends_at, kind="list", operations=["messages"]
    )
    listed = standing_rules.draft(rule.policy, text, by=pat)
    lists.add(listed, [bob.email], by=pat)
    one, other = (f"{rules}{row.pk}/change/" for row in (rule, listed))
    pages = (rules, f"{rules}add/", one, other, f"{rules}{listed.pk}/edit/")
    crawler.crawl(pat, *pages, f"/admin/requests_app/grant/{grant.pk}/change/", within="-")
    assert "\n".join(crawler.found) == ""


def test_the_desk_has_no_violation(
    crawler: Crawler, standings: dict[str, AccessRequest], policy: Policy, rita: User, pat: User
) -> None:
    for number in range(MAX_UNFOLDED + 1):
        talk = {"text": f"Number {number}.", "shown_to_requester": number % 2 == 0}
        comments.comment(standings["in_review"], by=rita, **talk)
    saved_reasons.add(by=rita, name="Sound", text="Sound plan.")
    asked, policies = "/admin/requests_app/accessrequest/", "/admin/requests_app/policy/"
    waits = f"{asked}{standings['in_review'].pk}/change/"
    starts = (waits, f"{asked}{standings['denied'].pk}/change/", f"{asked}dashboard/")
    crawler.crawl(rita, "/admin/", asked, *starts, within="/admin/")
    owned = (f"{policies}{policy.pk}/change/", f"{policies}{policy.pk}/report/")
    crawler.crawl(pat, policies, *owned, within="/admin/requests_app/policy")
    assert "\n".join(crawler.found) == ""


def test_files_in_place_have_no_violation(
    crawler: Crawler, policy: Policy, opus: AIModel, bob: User, rita: User
) -> None:
    row = requests.save(ask_for(opus), by=bob)
    contents = {"plan.txt": b"One.\n" * 300, "plan.pdf": pdf(), "figure.png": png()}
    files = [attached(row, bob, name, content) for name, content in contents.items()]
    requests.submit(row, by=bob)
    start = f"/admin/requests_app/accessrequest/{row.pk}"
    pages = [f"{start}/files/{file.public_id}/view/" for file in files]
    crawler.crawl(rita, f"{start}/change/", *pages, within="-")
    assert "\n".join(crawler.found) == ""


def test_what_can_not_be_undone_and_invitations_have_no_violation(
    crawler: Crawler, used: Grant, policy: Policy, reviewers: Group, bob: User, pat: User
) -> None:
    ada = User.objects.create_superuser("ada@example.org", PASSWORD, full_name="Ada")
    row = reviewer_invitations.invite(policy, reviewers, with_verified_email(bob).email, by=pat)
    one, other = (Institution.objects.create(name=name) for name in ("UiO", "Oslo"))
    desk, merge = "/admin/requests_app/", f"/admin/people/institution/{one.pk}/merge/"
    own = f"{desk}policy/{policy.pk}/"
    crawler.crawl(pat, f"{desk}grant/{used.pk}/revoke/", f"{own}invitations/", within="-")
    ends = (f"{own}withdraw/{policy.ai_models.get().pk}/", f"{merge}?into={other.name}")
    crawler.crawl(ada, *ends, merge, f"{desk}bulkrevocation/institution/{one.pk}/", within="-")
    crawler.crawl(bob, f"/reviewer-invitations/{row.public_id}/", within="-")
    assert "\n".join(crawler.found) == ""
