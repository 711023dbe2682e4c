"""The pages of standing access, and the pages that leave it out."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.grants import grants
from requests_app.actions.requests import requests
from requests_app.actions.standing import access, rules
from requests_app.admin.review.dashboard import dashboard_context
from requests_app.models import Grant, Policy, Stage, StandingRule
from requests_app.models.access.standing_input import StandingRuleInput
from requests_app.reports.public_numbers import statistics
from requests_app.rules import conditions
from requests_app.wording.moments import moment
from tests.conftest import ask_for, person
from tests.standing.conftest import Publish, identity
from tests.support.desk_client import signed_in, text_of
from tests.support.page_client import Browser, assert_nothing_inline, other_model, page
from tests.web.test_queries import queries

pytestmark = pytest.mark.django_db

OFFER = (
    "You can start access at once, without a review, for up to 90 days: “Lab access”. "
    "You are a member of “Opus lab”."
)


def test_member_starts_on_the_models_page_and_gets_a_key(
    rule: StandingRule, opus: AIModel, alice: User
) -> None:
    browser = Browser(alice)
    for address in (f"/models/{opus.identifier}/", "/access/"):
        assert OFFER in page(browser.get(address))
    shown = browser.get(f"/standing/{rule.public_id}/")
    assert_nothing_inline(shown)
    text = page(shown)
    assert "You are a member of “Opus lab”." in text
    assert "At most 100 requests per day." in text
    assert "Use it for research." in text
    digest = shown.context["offer"].digest
    answer = browser.post(f"/standing/{rule.public_id}/start/", {"shown": digest}, follow=True)
    grant = Grant.objects.get()
    assert answer.redirect_chain[-1][0] == f"/access/{grant}/"
    assert "You have access now. Create your key below." in page(answer)
    assert browser.post(f"/access/{grant}/claim/").status_code == 200


def test_start_without_what_was_shown_is_refused(rule: StandingRule, alice: User) -> None:
    answer = Browser(alice).post(f"/standing/{rule.public_id}/start/", follow=True)
    assert "This has changed since you opened it. Read it again, then start." in page(answer)
    assert not Grant.objects.exists()


def test_offer_is_only_for_members(
    rule: StandingRule, opus: AIModel, eve: User, pat: User, client: Client
) -> None:
    for browser in (client, Browser(eve), Browser(pat)):
        assert "without a review" not in page(browser.get(f"/models/{opus.identifier}/"))
    assert Browser(eve).get(f"/standing/{rule.public_id}/").status_code == 404
    start = f"/standing/{rule.public_id}/start/"
    assert Browser(eve).post(start, {"shown": "-"}).status_code == 404
    assert client.get(f"/standing/{rule.public_id}/")["Location"].startswith("/accounts/login/")


def test_draft_is_not_found(
    policy: Policy, text: StandingRuleInput, pat: User, alice: User
) -> None:
    draft = rules.draft(policy, text, by=pat)
    assert Browser(alice).get(f"/standing/{draft.public_id}/").status_code == 404


def test_page_says_why_not_to_those_who_had_access(
    rule: StandingRule, alice: User, pat: User, standing_grant: Grant
) -> None:
    browser, address = Browser(alice), f"/standing/{rule.public_id}/"
    assert "You have this access." in page(browser.get(address))
    rules.end(rule, by=pat, reason="The project is over.")
    text = page(browser.get(address))
    assert "“Lab access” is over. You can send a request instead." in text


def test_page_of_the_grant_says_that_nobody_reviewed_it(
    rule: StandingRule, standing_grant: Grant, alice: User
) -> None:
    browser = Browser(alice)
    said = "Standing access by “Lab access”, not reviewed"
    assert said in page(browser.get("/access/"))
    text = page(browser.get(f"/access/{standing_grant}/"))
    assert said in text
    assert "It ends at once when your membership does." in text
    assert "Standing access isn't extended." in text
    assert "you would need a new request" not in text
    assert (
        f"/standing/{rule.public_id}/" in browser.get(f"/access/{standing_grant}/").content.decode()
    )


def test_page_of_the_grant_names_the_provider_and_the_day(
    by_claim: StandingRule, alice: User
) -> None:
    identity(alice, groups="ai-lab")
    grant = access.start(by_claim, by=alice, accepts=True)
    assert "Sign in with Campus again before" in page(Browser(alice).get(f"/access/{grant}/"))


def test_page_of_the_record_is_the_grants(standing_grant: Grant, alice: User) -> None:
    record = standing_grant.access_request
    answer = Browser(alice).get(f"/requests/{record}/")
    assert answer["Location"] == f"/access/{standing_grant}/"


def test_pages_are_in_german_too(rule: StandingRule, opus: AIModel, alice: User) -> None:
    browser = Browser(alice, HTTP_ACCEPT_LANGUAGE="de")
    assert "ohne Prüfung" in page(browser.get(f"/models/{opus.identifier}/"))
    assert "Bedingungen annehmen und beginnen" in page(browser.get(f"/standing/{rule.public_id}/"))


def test_pages_ask_as_many_queries_for_many_rules(
    publish: Publish, rule: StandingRule, opus: AIModel, policy: Policy, alice: User, eve: User
) -> None:
    """A reader may be a member by all of them, or by none."""
    addresses = ("/access/", f"/models/{opus.identifier}/")
    browsers = (Browser(alice), Browser(eve))
    before = [queries(browser, address) for browser in browsers for address in addresses]
    for number in range(3):
        policy.ai_models.add(added := other_model(f"m-{number}", "request"))
        publish(name=f"Rule {number}", ai_models=[opus, added])
    after = [queries(browser, address) for browser in browsers for address in addresses]
    assert after == before
    assert page(browsers[0].get("/access/")).count("You can start access at once") == 4


# What counts reviewed access only -----------------------------------------------------------------


def test_lists_of_requests_leave_it_out(standing_grant: Grant, alice: User, pat: User) -> None:
    record = str(standing_grant.access_request)
    assert record not in page(Browser(alice).get("/requests/"))
    assert Browser(alice).get("/api/v1/requests/").json()["results"] == []
    assert record not in text_of(signed_in(pat).get("/admin/requests_app/accessrequest/"))


def test_numbers_leave_it_out(standing_grant: Grant, pat: User) -> None:
    now = timezone.now()
    assert dashboard_context(pat, now)["decided"] == 0
    assert [row.asked for row in statistics.statistics_tables().by_policy] == []


def test_first_request_is_still_the_first(
    standing_grant: Grant, opus: AIModel, alice: User
) -> None:
    grants.end(standing_grant, by=alice)
    asked = requests.save(ask_for(opus), by=alice, submit=True)
    first = conditions.CONDITIONS["first_request"]
    assert first(asked.revision, "")


def test_reviewers_see_it_apart(
    standing_grant: Grant, opus: AIModel, alice: User, rita: User
) -> None:
    grants.end(standing_grant, by=alice)
    asked = requests.save(ask_for(opus), by=alice, submit=True)
    assert Stage.objects.open().exists()
    text = page(signed_in(rita).get(f"/admin/requests_app/accessrequest/{asked.pk}/change/"))
    assert "Standing access, not reviewed 1 ended" in text
    assert "Grants none" in text


def test_public_numbers_have_a_line_of_their_own(
    rule: StandingRule, client: Client, alice: User
) -> None:
    access.start(rule, by=alice, accepts=True)
    text = page(client.get("/numbers/"))
    assert "The number of people who started it is shown from 5 on." in text
    assert "No requests yet." in text
    for number in range(4):
        member = person(f"member{number}")
        member.groups.add(rule.group)
        access.start(rule, by=member, accepts=True)
    cache.clear()
    text = page(client.get("/numbers/"))
    assert "People who started it so far: 5. People who have it now: 5." in text


def test_public_numbers_without_a_rule_say_nothing(client: Client, opus: AIModel) -> None:
    assert "Standing access" not in page(client.get("/numbers/"))


def test_page_says_when_all_access_by_the_rule_ends(rule: StandingRule, alice: User) -> None:
    text = page(Browser(alice).get(f"/standing/{rule.public_id}/"))
    assert f"90 days All access by this rule ends by {moment(rule.ends_at)}" in text
