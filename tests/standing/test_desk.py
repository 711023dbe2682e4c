"""Standing rules on the review desk: two owners make one, and see who has access by it."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.standing import access, rules
from requests_app.models import Grant, Policy, StandingRule
from requests_app.models.access.standing_input import StandingRuleInput
from tests.support.desk_client import signed_in
from tests.support.page_client import page
from tests.web.test_queries import queries

pytestmark = pytest.mark.django_db

RULES = "/admin/requests_app/standingrule/"
GRANTS = "/admin/requests_app/grant/"


def form_of(policy: Policy, opus: AIModel, lab: Group, **fields: Any) -> dict[str, Any]:
    return {
        "policy": policy.pk,
        "name": "Lab access",
        "ai_models": [opus.pk],
        "kind": "group",
        "group": lab.pk,
        "operations": ["messages"],
        "duration": "60 days",
        "ends_at": "2027-06-01 09:00",
        "requests_per_day": "1,000",
        **fields,
    }


@pytest.fixture
def rule_draft(policy: Policy, text: StandingRuleInput, pat: User) -> StandingRule:
    return rules.draft(policy, text, by=pat)


def published_by(client: Client, rule: StandingRule) -> Any:
    shown = client.get(f"{RULES}{rule.pk}/change/").context["shown"]
    return client.post(f"{RULES}{rule.pk}/publish/", {"shown": shown}, follow=True)


def test_two_owners_draft_and_publish(
    policy: Policy, opus: AIModel, lab: Group, pat: User, lee: User, alice: User
) -> None:
    owner = signed_in(pat)
    assert (
        f"{RULES}add/?policy={policy.pk}"
        in owner.get(f"/admin/requests_app/policy/{policy.pk}/change/").content.decode()
    )
    answer = owner.post(f"{RULES}add/", form_of(policy, opus, lab), follow=True)
    assert "Draft of Lab access saved. Another owner of the policy has to publish it." in page(
        answer
    )
    rule = StandingRule.objects.get()
    assert (rule.requests_per_day, rule.duration.days, rule.operations) == (1000, 60, ["messages"])
    assert "You wrote this rule, so another owner has to publish it." in page(answer)
    answer = published_by(signed_in(lee), rule)
    assert "Lab access is published. Its members can start access now." in page(answer)
    assert access.start(rule, by=alice, accepts=True).state == "active"


def test_author_changes_the_draft(
    rule_draft: StandingRule, opus: AIModel, lab: Group, pat: User
) -> None:
    client, address = signed_in(pat), f"{RULES}{rule_draft.pk}/edit/"
    form = client.get(address).context["form"]
    sent = form_of(rule_draft.policy, opus, lab, name="Another", shown=form.initial["shown"])
    assert "Draft saved." in page(client.post(address, sent, follow=True))
    again = client.post(address, sent)
    assert (again.status_code, "Someone has changed this rule" in page(again)) == (409, True)
    rule_draft.refresh_from_db()
    assert rule_draft.name == "Another"


def test_form_shows_each_refusal_at_its_field(
    policy: Policy, opus: AIModel, lab: Group, pat: User
) -> None:
    sent = form_of(policy, opus, lab, group="", name="", ends_at="soon")
    text = page(signed_in(pat).post(f"{RULES}add/", sent))
    assert "Ends at" in text or "Rule ends at" in text
    assert "Enter it like 2026-11-22 09:00." in text
    sent = form_of(policy, opus, lab, group="")
    text = page(signed_in(pat).post(f"{RULES}add/", sent))
    assert "Group : Choose the group whose members may start access." in text


def test_publication_is_of_what_was_shown(rule_draft: StandingRule, lee: User) -> None:
    client = signed_in(lee)
    text = page(client.post(f"{RULES}{rule_draft.pk}/publish/", {"shown": "-"}))
    assert "Someone has changed this rule since you opened it. Reload the page." in text
    shown = client.get(f"{RULES}{rule_draft.pk}/change/").context["shown"]
    clicks = [
        client.post(f"{RULES}{rule_draft.pk}/publish/", {"shown": shown}, follow=True)
        for _ in range(2)
    ]
    assert "You clicked twice, so this was done once." in page(clicks[1])


def test_end_with_a_reason_ends_all_access(
    rule: StandingRule, standing_grant: Grant, lee: User
) -> None:
    client, address = signed_in(lee), f"{RULES}{rule.pk}/end/"
    refused = client.post(address, {"reason": ""})
    assert (refused.status_code, "Give a reason." in page(refused)) == (422, True)
    sent = {"reason": "The project is over.", "typed": "Lab access"}
    answer = client.post(address, sent, follow=True)
    text = page(answer)
    assert "Lab access is ended, and so is all access by it." in text
    assert "Standing access, not reviewed: 0 running, 1 over" in text
    assert "You clicked twice" in page(client.post(address, sent, follow=True))


def test_list_is_kept_on_the_page(by_list: StandingRule, alice: User, lee: User) -> None:
    access.start(by_list, by=alice, accepts=True)
    client, address = signed_in(lee), f"{RULES}{by_list.pk}/list/"
    sent = {"act": "add", "emails": "New@example.org\nalice@example.org"}
    text = page(client.post(address, sent, follow=True))
    assert "1 changed, 1 left as they were, 0 grants ended." in text
    assert "new@example.org" in text
    sent = {"act": "remove", "emails": "alice@example.org"}
    assert "1 changed, 0 left as they were, 1 grants ended." in page(
        client.post(address, sent, follow=True)
    )
    refused = client.post(address, {"act": "add", "emails": "nobody"})
    assert (refused.status_code, "Address 1: Enter one email address" in page(refused)) == (
        422,
        True,
    )


def test_rules_are_hidden_from_others(rule: StandingRule, rita: User, eve: User) -> None:
    for act in ("change", "edit", "publish", "end", "list"):
        assert signed_in(rita).get(f"{RULES}{rule.pk}/{act}/").status_code in (302, 404)
        assert signed_in(rita).post(f"{RULES}{rule.pk}/{act}/").status_code in (302, 404)
    assert signed_in(rita).get(f"{RULES}add/").status_code == 403
    assert "Lab access" not in page(signed_in(rita).get(RULES))
    rule.refresh_from_db()
    assert rule.state == "published"


def test_list_of_rules_says_whom_each_is_for(
    rule: StandingRule, by_list: StandingRule, by_claim: StandingRule, pat: User
) -> None:
    text = page(signed_in(pat).get(RULES))
    assert "members of Opus lab" in text
    assert "sign-ins with Campus where groups = ai-lab" in text
    assert "verified addresses on its list" in text


def test_grants_have_a_list_of_standing_access(
    rule: StandingRule, grant: Grant, bob: User, pat: User
) -> None:
    started, client = access.start(rule, by=bob, accepts=True), signed_in(pat)
    lists = {how: page(client.get(f"{GRANTS}?review={how}")) for how in ("standing", "reviewed")}
    assert str(started) in lists["standing"]
    assert "Active (standing, not reviewed)" in lists["standing"]
    assert str(grant) not in lists["standing"]
    assert str(grant) in lists["reviewed"]
    assert str(started) not in lists["reviewed"]


def test_pages_of_grant_and_record_name_the_rule(
    rule: StandingRule, standing_grant: Grant, pat: User
) -> None:
    client = signed_in(pat)
    shown = client.get(f"{GRANTS}{standing_grant.pk}/change/")
    assert "Not reviewed: started by Lab access" in page(shown)
    assert f"{RULES}{rule.pk}/change/" in shown.content.decode()
    record = f"/admin/requests_app/accessrequest/{standing_grant.access_request_id}/change/"
    assert f"Started by {rule.public_id}, without review" in page(client.get(record))


def test_page_takes_the_same_queries_for_many(
    rule: StandingRule, alice: User, bob: User, pat: User
) -> None:
    access.start(rule, by=alice, accepts=True)
    client, address = signed_in(pat), f"{RULES}{rule.pk}/change/"
    before = queries(client, address)
    access.start(rule, by=bob, accepts=True)
    assert queries(client, address) == before
