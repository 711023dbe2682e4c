"""A policy is built in a real browser: with a script and without, by pointing and by keys alone."""

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Locator, Page, expect

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.models import Policy, PolicyVersion
from tests.browser.conftest import Visit
from tests.support.policy_pages import edit_page, group_of

pytestmark = pytest.mark.stack


@pytest.fixture
def version(policy: Policy, reviewers: Group, pat: User) -> PolicyVersion:
    safety = group_of("Safety reviewers", "sue", "sol")
    leads = group_of("Leads", "lin")
    steps = [
        StepInput("Triage", reviewers),
        StepInput("Safety", safety, quorum=2),
        StepInput("Lead", leads),
    ]
    return policies.draft(policy, VersionInput("Cite us.", steps), by=pat)


def step(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name)


def test_condition_asks_only_for_the_value_that_matters(
    visit: Visit, version: PolicyVersion, pat: User
) -> None:
    page = visit(pat, java_script_enabled=False)
    page.goto(edit_page(version))
    lead = step(page, "Lead")
    days, dollars, operation = (
        lead.get_by_label(name, exact=True) for name in ("days", "USD", "Operation")
    )
    expect(days).to_be_hidden()
    lead.get_by_label("This step runs").select_option("when the scope includes")
    operation.select_option("completions")
    expect(days).to_be_hidden()
    lead.get_by_label("This step runs").select_option("when it asks for more than")
    expect(dollars).to_be_hidden()
    days.fill("90")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Required only over 90 days.")).to_be_visible()
