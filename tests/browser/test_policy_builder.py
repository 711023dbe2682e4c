"""A policy is built in a real browser: with a script and without, by pointing and by keys alone."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Dialog, Locator, Page, Route, expect

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.models import Policy, PolicyVersion
from tests.browser.conftest import PHONE, Visit
from tests.browser.interactions import KeysAlone
from tests.support.policy_pages import POLICIES, VERSIONS, edit_page, group_of

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
    return page.get_by_role("group", name=name, exact=True)


def save(page: Page) -> None:
    with page.expect_navigation(url="**/change/*"):
        page.get_by_role("button", name="Save draft").click()


def names(page: Page) -> list[str]:
    fields = page.locator("[name^=steps-][name$=-name]")
    return [field.input_value() for field in fields.all()]


def stored(version: PolicyVersion) -> list[str]:
    return [step.name for step in version.steps.all()]


# With the script --------------------------------------------------------------------------------


def test_step_is_dragged_to_its_place_and_all_that_was_typed_stays(
    visit: Visit, version: PolicyVersion, pat: User
) -> None:
    page = visit(pat)
    page.goto(edit_page(version))
    step(page, "Safety").get_by_label("Window").fill("9 days")
    triage = step(page, "Triage").locator("legend").first
    step(page, "Lead").locator(".handle").drag_to(triage, steps=8)
    assert names(page) == ["Lead", "Triage", "Safety"]
    expect(page.locator(".in-hand")).to_have_count(0)
    expect(page.locator("#preview-words .words > li strong").first).to_have_text("Lead")
    save(page)
    assert stored(version) == ["Lead", "Triage", "Safety"]
    assert version.steps.get(name="Safety").window.days == 9


def test_step_is_moved_by_keys_alone_without_losing_the_focus(
    visit: Visit, version: PolicyVersion, pat: User
) -> None:
    page = visit(pat)
    page.goto(edit_page(version))
    expect(page.locator(".handle").first).to_be_visible()
    up = page.get_by_role("button", name="Up Lead")
    up.focus()
    for place in ("2 of 3", "1 of 3", "1 of 3"):
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"Lead: {place}")).to_be_attached()
        expect(up).to_be_focused()
    assert names(page) == ["Lead", "Triage", "Safety"]
    page.keyboard.press("Tab")
    expect(up).to_be_hidden()
    page.get_by_label("Window").first.press("Enter")
    page.wait_for_url("**/change/")
    assert stored(version) == ["Lead", "Triage", "Safety"]


def test_draft_is_built_by_keys_alone(visit: Visit, policy: Policy, pat: User) -> None:
    page = visit(pat)
    hands = KeysAlone(page, lambda page: None)
    hands.open(f"{POLICIES}{policy.pk}/change/")
    hands.button("Start a draft")
    hands.button("Add step")
    page.keyboard.type("Ethics")
    for label, typed in (("Reviewers", "Opus"), ("This step runs", "when it asks")):
        hands.go_to(step(page, "Ethics").get_by_label(label, exact=True))
        page.keyboard.type(typed)
    page.keyboard.press("Tab")
    page.keyboard.type("30")
    hands.press(page.get_by_role("button", name="Up Ethics"))
    assert names(page) == ["Ethics", "Research review"]
    hands.button("Save draft")
    version = policy.versions.get(number=2)
    assert stored(version) == ["Ethics", "Research review"]
    ethics = version.steps.get(position=1)
    assert (ethics.condition, ethics.condition_value) == ("longer_than", "30")


def test_plain_words_follow_what_is_typed_with_what_is_wrong(
    visit: Visit, version: PolicyVersion, pat: User
) -> None:
    page = visit(pat)
    page.goto(edit_page(version))
    words = page.get_by_role("region", name="In plain words")
    expect(page.get_by_role("button", name="Preview")).to_be_hidden()
    step(page, "Safety").get_by_label("Approvals required").fill("1")
    expect(words).to_contain_text("One approval from Safety reviewers within 7 days.")
    step(page, "Safety").get_by_label("Approvals required").fill("5")
    expect(words).to_contain_text("“Safety” requires 5 approvals, but Safety reviewers has 2")
    step(page, "Safety").get_by_label("Window").fill("soon")
    wrong = words.get_by_role("link", name="Window")
    expect(words).to_contain_text("Window: Enter a number and a unit")
    wrong.click()
    expect(step(page, "Safety").get_by_label("Window")).to_be_in_viewport()
    step(page, "Safety").get_by_label("Name").fill("<b>“Sécurité”</b>")
    expect(words.get_by_text("<b>“Sécurité”</b>")).to_be_visible()
    assert stored(version) == ["Triage", "Safety", "Lead"]


def test_plain_words_that_could_not_be_renewed_say_so_and_the_button_is_back(
    visit: Visit, version: PolicyVersion, pat: User
) -> None:
    page = visit(pat)
    page.goto(edit_page(version))
    page.context.clear_cookies()
    with page.expect_response("**/preview/"):
        step(page, "Safety").get_by_label("Window").fill("9 days")
    expect(page.get_by_text("This is out of date")).to_be_visible()
    expect(page.get_by_role("button", name="Preview")).to_be_visible()
    expect(page.get_by_role("region", name="In plain words")).not_to_contain_text("Sign in")


def test_answer_that_comes_late_is_not_shown(
    visit: Visit, version: PolicyVersion, pat: User
) -> None:
    page = visit(pat)
    page.goto(edit_page(version))
    late: list[Route] = []
    page.route("**/preview/", lambda route: route.continue_() if late else late.append(route))
    approvals = step(page, "Safety").get_by_label("Approvals required")
    with page.expect_request("**/preview/"):
        approvals.fill("7")
    approvals.fill("1")
    words = page.get_by_role("region", name="In plain words")
    expect(words).to_contain_text("One approval from Safety reviewers")
    late[0].fulfill(body="Seven approvals")
    page.evaluate("fetch(location.href).then(answer => answer.text())")
    expect(words).to_contain_text("One approval from Safety reviewers")


def test_leaving_with_unsaved_text_asks_first(
    visit: Visit, version: PolicyVersion, pat: User
) -> None:
    page = visit(pat)
    page.goto(edit_page(version))
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", answer)
    step(page, "Safety").get_by_label("Window").fill("9 days")
    page.get_by_role("link", name="Version 2").click()
    assert asked == ["beforeunload"]
    expect(step(page, "Safety").get_by_label("Window")).to_have_value("9 days")
    save(page)
    assert asked == ["beforeunload"]


# Without it -------------------------------------------------------------------------------------


def test_steps_are_built_without_javascript(
    visit: Visit, version: PolicyVersion, pat: User
) -> None:
    page = visit(pat, java_script_enabled=False)
    page.goto(edit_page(version))
    expect(page.locator(".handle").first).to_be_hidden()
    step(page, "Safety").get_by_label("Window").fill("9 days")
    page.get_by_role("button", name="Up Lead").click()
    up = page.get_by_role("button", name="Up Lead")
    expect(up).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Down Lead")).to_be_focused()
    page.get_by_role("button", name="Remove Triage").click()
    page.get_by_role("button", name="Add step").click()
    new = step(page, "New step")
    expect(new.get_by_label("Name")).to_be_focused()
    new.get_by_label("Name").fill("Ethics")
    new.get_by_label("Reviewers", exact=True).select_option("Leads")
    page.get_by_role("button", name="Preview").click()
    words = page.get_by_role("region", name="In plain words")
    expect(words).to_be_in_viewport()
    expect(words).to_contain_text("Ethics")
    assert stored(version) == ["Triage", "Safety", "Lead"]
    save(page)
    assert stored(version) == ["Lead", "Safety", "Ethics"]
    assert version.steps.get(name="Safety").window.days == 9


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


# Two owners at once -----------------------------------------------------------------------------


def test_second_owner_reads_what_the_first_saved_and_keeps_their_own(
    visit: Visit, version: PolicyVersion, pat: User, lee: User
) -> None:
    one, other = visit(pat), visit(lee)
    for page in (one, other):
        page.goto(edit_page(version))
    step(other, "Safety").get_by_label("Window").fill("9 days")
    save(other)
    step(one, "Safety").get_by_label("Window").fill("12 days")
    one.get_by_role("button", name="Save draft").click()
    expect(one.get_by_role("alert")).to_contain_text("Someone has changed this draft")
    expect(one.get_by_role("row", name="“Safety” window 9 days 12 days")).to_be_visible()
    expect(step(one, "Safety").get_by_label("Window")).to_have_value("12 days")
    with one.expect_navigation(url="**/change/*"):
        one.get_by_role("button", name="Save mine instead").click()
    assert version.steps.get(name="Safety").window.days == 12


# From nothing to a draft ------------------------------------------------------------------------


def test_policy_begins_with_a_template_without_javascript(
    visit: Visit, policy: Policy, pat: User
) -> None:
    page = visit(pat, java_script_enabled=False)
    page.goto(f"{POLICIES}add/")
    page.get_by_role("link", name="Begin with: Triage, safety, lead").click()
    page.get_by_label("Name", exact=True).fill("Old models")
    page.get_by_label("Short name").fill("old-models")
    page.get_by_label("Owners").select_option("Policy owners")
    page.get_by_label("Group for “Triage”").select_option("Opus reviewers")
    triage = page.get_by_role("group", name="Triage").get_by_label("Name of the new group")
    expect(triage).to_be_hidden()
    page.get_by_role("button", name="Create policy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit Old models, version 1")
    assert names(page) == ["Triage", "Safety review", "Lead"]
    words = page.get_by_role("region", name="In plain words")
    expect(words).to_contain_text("Nobody in Safety reviewers can open the review desk")


@pytest.mark.parametrize("width", [PHONE, 834])
def test_pages_of_a_policy_fit_into_a_narrow_window(
    visit: Visit, version: PolicyVersion, pat: User, no_sideways: Callable[[Page], None], width: int
) -> None:
    page, policy = visit(pat, width=width), f"{POLICIES}{version.policy_id}/"
    own = [f"{VERSIONS}{version.pk}/{name}/" for name in ("change", "edit", "import")]
    others = [f"{policy}{name}/" for name in ("change", "reviewers", "compare")]
    new = [f"{POLICIES}add/", f"{POLICIES}add/?template=three-steps"]
    for address in (*own, *others, *new):
        page.goto(address)
        no_sideways(page)
