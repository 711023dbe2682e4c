"""axe-core finds nothing on the pages on which a policy is built, right or wrong."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import Group

from lifecycle.catalogue.editors import EDITORS
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.models import Policy, PolicyVersion
from requests_app.models.review.question import Question
from requests_app.validation.policy_version import version_input_of
from tests.browser.conftest import Visit
from tests.browser.test_axe import Crawler
from tests.support.policy_pages import POLICIES, VERSIONS, edit_page, group_of

pytestmark = pytest.mark.stack


@pytest.fixture
def version(policy: Policy, reviewers: Group, opus: AIModel, pat: User) -> PolicyVersion:
    """With a full checklist: a closed model, somebody who can't decide, a group of nobody."""
    opus.access_routes.all().delete()
    pat.groups.add(Group.objects.create(name=EDITORS))
    safety, leads = group_of("Safety reviewers", "sue", "sol"), Group.objects.create(name="Leads")
    User.objects.filter(email="sol@example.org").update(is_staff=False)
    steps = [
        StepInput("Triage", reviewers),
        StepInput("Safety", safety, quorum=2, alternates=leads, condition="costs_over"),
    ]
    steps[1] = replace(steps[1], condition_value="500")
    asked = [Question("people", "How many people?", "number")]
    text = VersionInput("[To fill in]", steps, questions=asked)
    return policies.draft(policy, text, by=pat)


def test_pages_of_a_policy_have_no_violation(
    visit: Visit, version: PolicyVersion, pat: User
) -> None:
    crawler, policy = Crawler(visit), f"{POLICIES}{version.policy_id}/"
    own = [f"{VERSIONS}{version.pk}/{page}/" for page in ("change", "edit", "import", "publish")]
    others = [f"{policy}{page}/" for page in ("reviewers", "compare", "import")]
    new = [f"{POLICIES}add/", f"{POLICIES}add/?template=three-steps", f"{POLICIES}add/file/"]
    crawler.crawl(pat, *own, *others, *new, within="/none/")
    assert "\n".join(crawler.found) == ""


def test_refused_pages_of_a_policy_have_no_violation(
    visit: Visit, version: PolicyVersion, pat: User, lee: User
) -> None:
    crawler = Crawler(visit)
    page = crawler.crawl(pat, edit_page(version), within="/none/")
    page.fill("[name=steps-0-window]", "soon")
    page.fill("[name=max_duration]", "")
    page.wait_for_selector("#preview-words .error")
    crawler.note(page)
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_selector(".errornote")
    crawler.note(page)
    page.goto(edit_page(version))
    page.fill("[name=steps-0-window]", "9 days")
    theirs = replace(version_input_of(version), terms="Somebody else's.")
    policies.edit(version, theirs, by=lee)
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_selector("#overtaken")
    crawler.note(page)
    page.goto(f"{VERSIONS}{version.pk}/import/")
    page.fill("[name=text]", "slug: opus\nsteps: two")
    page.get_by_role("button", name="Check").click()
    page.wait_for_selector(".faults")
    crawler.note(page)
    page.goto(f"{POLICIES}{version.policy_id}/reviewers/")
    page.get_by_role("button", name="Add to Leads").click()
    page.wait_for_selector(".errornote")
    crawler.note(page)
    assert "\n".join(crawler.found) == ""
