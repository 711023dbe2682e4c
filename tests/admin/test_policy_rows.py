"""Steps and questions of a draft are added, removed and moved by buttons, and nothing is lost."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.models import Event, Policy, PolicyVersion
from requests_app.models.review.question import Question
from requests_app.validation.policy_questions import MAX_QUESTIONS
from requests_app.validation.policy_version import MAX_STEPS, version_input_of
from tests.support.policy_pages import as_person, edit_page, page_text, sent_back, typed

MAX_QUERIES = 18
NAMES = ["Triage", "Safety", "Lead"]
QUESTIONS = (Question("people", "How many people?"), Question("place", "Where?"))


@pytest.fixture
def version(policy: Policy, reviewers: Group, pat: User) -> PolicyVersion:
    steps = [StepInput(name, reviewers) for name in NAMES]
    return policies.draft(policy, VersionInput("Cite us.", steps, questions=QUESTIONS), by=pat)


def press(who: User, version: PolicyVersion, button: str, **changes: Any) -> Any:
    client = as_person(who)
    data = typed(client, version, changes)
    return client.post(edit_page(version), {**data, "row": button})


def form_text(page: Any) -> str:
    return page_text(page).partition('class="builder"')[2].partition("</form>")[0]


def values(page: Any, field: str, rows: str = "rows") -> list[Any]:
    return [form[field].value() for form in page.context[rows].forms]


@pytest.mark.parametrize(
    ("button", "names"),
    [
        ("steps up 1", ["Safety", "Triage", "Lead"]),
        ("steps up 0", NAMES),
        ("steps down 0", ["Safety", "Triage", "Lead"]),
        ("steps down 2", NAMES),
        ("steps remove 1", ["Triage", "Lead"]),
        ("steps add", [*NAMES, None]),
    ],
)
def test_button_moves_adds_or_removes_a_step(
    version: PolicyVersion, pat: User, button: str, names: list[str]
) -> None:
    page = press(pat, version, button)
    assert page.status_code == 200
    assert values(page, "name") == names
    assert values(page, "key", "questions") == ["people", "place"]
    assert [step.name for step in version_input_of(version).steps] == NAMES  # not saved yet


def test_saving_after_buttons_stores_the_new_order(
    version: PolicyVersion, reviewers: Group, pat: User
) -> None:
    client = as_person(pat)
    page = client.get(edit_page(version))
    for button in ("steps remove 0", "steps add", "steps up 2", "questions down 0"):
        page = client.post(edit_page(version), sent_back(page) | {"row": button})
    new = {"steps-1-name": "Ethics", "steps-1-reviewers": reviewers.pk}
    saved = client.post(edit_page(version), sent_back(page) | new)
    assert saved.status_code == 302
    version.refresh_from_db()
    text = version_input_of(version)
    assert [step.name for step in text.steps] == ["Safety", "Ethics", "Lead"]
    assert [question.key for question in text.questions] == ["place", "people"]


def test_button_keeps_all_that_was_typed_and_shows_what_is_wrong_with_it(
    version: PolicyVersion, pat: User
) -> None:
    changes = {
        "terms": "Not «saved» yet.",
        "max_duration": "soon",
        "country": "",
        "steps-0-window": "weekly",
        "steps-0-blind": "on",
        "steps-0-rereview_on": ["purpose", "data"],
        "steps-2-name": "",
    }
    page = press(pat, version, "steps down 0", **changes)
    moved, last = page.context["rows"].forms[1:]
    assert moved["window"].value() == "weekly"
    assert "Enter a number and a unit" in " ".join(moved.errors["window"])
    assert moved["blind"].value()
    assert moved["rereview_on"].value() == ["purpose", "data"]
    assert last["name"].value() == ""
    assert not last.errors, "what is blank will be filled in"
    assert "max_duration" in page.context["form"].errors
    assert "Not «saved» yet." in page_text(page)


def test_script_may_have_changed_the_order(version: PolicyVersion, pat: User) -> None:
    """By dragging, which only changes the numbers; the button then counts from there."""
    dragged = {"steps-0-ORDER": 3, "steps-1-ORDER": 1, "steps-2-ORDER": 2}
    page = press(pat, version, "steps up 0", **dragged)
    assert values(page, "name") == ["Safety", "Triage", "Lead"]


def test_the_pressed_button_keeps_the_focus(version: PolicyVersion, pat: User) -> None:
    """So that the next press of Enter moves the same step again."""
    text = form_text(press(pat, version, "steps up 2"))
    assert 'aria-labelledby="steps-1-up steps-1-legend" autofocus' in text
    assert text.count(" autofocus") == 1
    added = form_text(press(pat, version, "steps add"))
    assert added.count(" autofocus") == 1
    field = added.partition('name="steps-3-name"')[2].partition(">")[0]
    assert "autofocus" in field
    one = policies.edit(version, VersionInput("", [version_input_of(version).steps[0]]), by=pat)
    nothing_left = form_text(press(pat, one, "steps remove 0"))
    assert 'value="steps add" class="button" autofocus' in nothing_left


def test_added_step_that_is_left_empty_is_refused_and_not_dropped(
    version: PolicyVersion, pat: User
) -> None:
    client = as_person(pat)
    data = sent_back(press(pat, version, "steps add"))
    answer = client.post(edit_page(version), data)
    assert answer.status_code == 422
    assert list(answer.context["rows"].forms[3].errors) == ["name", "reviewers"]


def test_no_more_steps_than_a_policy_can_have(version: PolicyVersion, pat: User) -> None:
    full = [StepInput(f"Step {place}", version.steps.first().reviewers) for place in range(20)]
    version = policies.edit(version, VersionInput("", full), by=pat)
    page = press(pat, version, "steps add")
    assert len(page.context["rows"].forms) == MAX_STEPS
    assert f"A policy can have at most {MAX_STEPS} steps." in page_text(page)
    row = {name.replace("-19-", "-20-"): value for name, value in sent_back(page).items()}
    one_more = sent_back(page) | row | {"steps-20-name": "Beyond"}
    answer = as_person(pat).post(edit_page(version), one_more)
    assert answer.status_code == 422
    assert f"A policy can have at most {MAX_STEPS} steps." in page_text(answer)


@pytest.mark.parametrize(
    "button",
    ["", "x", "steps", "steps up", "steps up 99", "steps fly 1", "steps up -1", "rows add"],
)
def test_unknown_button_changes_nothing(version: PolicyVersion, pat: User, button: str) -> None:
    events = Event.objects.count()
    page = press(pat, version, button)
    assert page.status_code in (200, 302)
    assert [step.name for step in version_input_of(version).steps] == NAMES
    assert Event.objects.count() == events


@pytest.mark.parametrize("name", ["steps-x-name", "steps-99999-name", "steps-0", "steps--1-name"])
def test_rows_that_no_page_has_are_no_rows(version: PolicyVersion, pat: User, name: str) -> None:
    page = press(pat, version, "steps down 0", **{name: "x"})
    assert len(page.context["rows"].forms) == len(NAMES)


def test_a_full_draft_fits_into_one_form(
    version: PolicyVersion, reviewers: Group, pat: User
) -> None:
    steps = [StepInput(f"Step {place}", reviewers) for place in range(MAX_STEPS)]
    asked = [Question(f"key_{place}", "Why?") for place in range(MAX_QUESTIONS)]
    version = policies.edit(version, VersionInput("Terms.", steps, questions=asked), by=pat)
    saved = as_person(pat).post(
        edit_page(version), typed(as_person(pat), version, {"terms": "Other terms."})
    )
    assert saved.status_code == 302
    version.refresh_from_db()
    assert (version.terms, version.steps.count(), len(version.questions)) == (
        "Other terms.",
        MAX_STEPS,
        MAX_QUESTIONS,
    )


@pytest.mark.parametrize("count", [1, MAX_STEPS])
def test_page_takes_the_same_queries_for_any_number_of_steps(
    version: PolicyVersion, reviewers: Group, pat: User, count: int,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    steps = [StepInput(f"Step {place}", reviewers) for place in range(count)]
    version = policies.edit(version, VersionInput("Terms.", steps), by=pat)
    client = as_person(pat)
    with django_assert_max_num_queries(MAX_QUERIES):
        data = typed(client, version, {})
    for button in ({"row": "steps up 0"}, {"preview": "1"}):
        with django_assert_max_num_queries(MAX_QUERIES):
            assert client.post(edit_page(version), {**data, **button}).status_code == 200
