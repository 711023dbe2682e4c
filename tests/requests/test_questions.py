"""What a policy asks besides: written, frozen, answered, shown and compared."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import key_format
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Policy, PolicyVersion
from requests_app.models.review.question import Question
from requests_app.refusals import Invalid
from requests_app.validation.policy_version import version_input_of
from requests_app.wording import revisions
from tests.conftest import ask_for
from tests.support.api_client import API, OPUS, Api, problem_of
from tests.support.api_client import text_of as body_of
from tests.support.desk_client import seen
from tests.support.page_client import Browser, page, part_page
from tests.support.policy_pages import as_person, edit_page, page_text, typed

pytestmark = pytest.mark.django_db

KEY = key_format.with_checksum("emk_" + "0" * 30)  # the same in each process that collects tests
QUESTIONS = [
    Question("people", "Is it about people?", "yes_no", required=True),
    Question("approval", "Who approved that?", "text", required=True, words=5, only_if="people",
             only_is="yes"),
    Question("field", "Which field?", "choice", choices=("Law", "Art")),
    Question("runs", "How many runs?", "number"),
    Question("talk", "When is the talk?", "date"),
    Question("fee", "Who pays?", "text", required=True, only_if="track", only_is="industry"),
]  # fmt: skip
ANSWERS: dict[str, Any] = {
    "people": True,
    "approval": "Our board.",
    "field": "Law",
    "runs": 12,
    "talk": "2027-03-01",
}


@pytest.fixture
def version(policy: Policy, pat: User, lee: User) -> PolicyVersion:
    """In force, with questions of every kind."""
    text = replace(version_input_of(policy.current), questions=QUESTIONS)
    return policies.publish(policies.draft(policy, text, by=pat), by=lee)


def errors_of(ask: Callable[[], Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        ask()
    return refusal.value.errors


# Answering --------------------------------------------------------------------------------------


def test_send_needs_the_questions_that_are_asked(
    version: PolicyVersion, opus: AIModel, alice: User
) -> None:
    ask = ask_for(opus)
    draft = requests.save(ask, by=alice)
    assert list(errors_of(lambda: requests.submit(draft, by=alice))) == ["answers.people"]
    requests.change(draft, by=alice, answers={"people": True})
    assert list(errors_of(lambda: requests.submit(draft, by=alice))) == ["answers.approval"]
    requests.change(draft, by=alice, answers={"people": False}, track="industry")
    assert list(errors_of(lambda: requests.submit(draft, by=alice))) == ["answers.fee"]
    requests.change(draft, by=alice, track="academic")
    assert requests.submit(draft, by=alice).state == "in_review"


def test_answers_to_what_is_not_asked_are_not_kept(
    version: PolicyVersion, opus: AIModel, alice: User
) -> None:
    ask = replace(ask_for(opus), answers={**ANSWERS, "people": False, "fee": "We do."})
    kept = requests.save(ask, by=alice).revision.answers
    assert kept == {"people": False, "field": "Law", "runs": 12, "talk": "2027-03-01"}


@pytest.mark.parametrize(
    ("key", "answer", "sentence"),
    [
        ("people", "yes", "Answer yes or no."),
        ("approval", "one two three four five six", "Shorten this to 5 words (now 6)."),
        ("approval", 5, "Enter text."),
        ("approval", KEY, "This text contains a key. Remove it, then revoke the key."),
        ("field", "Music", "Choose one of: Law, Art."),
        ("runs", "12", "Enter a whole number in digits, like 250."),
        ("runs", True, "Enter a whole number in digits, like 250."),
        ("runs", 10**13, "Enter a whole number in digits, like 250."),
        ("talk", "2027-02-30", "Enter the date as year, month, day, like 2026-11-22."),
        ("shoe", "42", "This policy has no question with this name."),
    ],
)
def test_save_refuses_what_is_no_answer_by_page_and_by_api(
    version: PolicyVersion, opus: AIModel, alice: User, key: str, answer: Any, sentence: str
) -> None:
    answers = {**ANSWERS, key: answer}
    ask = replace(ask_for(opus), answers=answers)
    assert errors_of(lambda: requests.save(ask, by=alice)) == {f"answers.{key}": sentence}
    problem = problem_of(Api(alice).post(f"{API}/requests/", body_of(OPUS, answers=answers)), 422)
    assert problem["errors"] == {f"answers.{key}": [sentence]}


def test_answer_with_half_a_character_is_refused(
    version: PolicyVersion, opus: AIModel, alice: User
) -> None:
    """JSON can name one, and PostgreSQL's can't hold it."""
    ask = replace(ask_for(opus), answers={**ANSWERS, "approval": "\ud83d"})
    assert errors_of(lambda: requests.save(ask, by=alice)) == {"answers.approval": "Enter text."}


def test_a_question_that_went_away_takes_its_answer_along(
    version: PolicyVersion, policy: Policy, opus: AIModel, alice: User, pat: User, lee: User
) -> None:
    draft = requests.save(replace(ask_for(opus), answers=ANSWERS), by=alice)
    fewer = replace(version_input_of(version), questions=QUESTIONS[2:3])
    policies.publish(policies.draft(policy, fewer, by=pat), by=lee)
    requests.change(draft, by=alice, purpose="Compare poems.")
    assert draft.revision.answers == {"field": "Law"}


def test_page_asks_what_hangs_on_an_answer_once_it_is_given(
    version: PolicyVersion, opus: AIModel, alice: User
) -> None:
    draft, browser = requests.save(ask_for(opus), by=alice), Browser(alice)
    assert "Who approved that?" not in part_page(browser, draft, "questions")
    address = f"/requests/{draft}/edit/questions/"
    more = browser.post(address, {"answers.people": "yes", "answers.runs": "12"}, follow=True)
    assert more.redirect_chain[0][0] == address
    assert "Based on your answers, we have more questions." in page(more)
    assert "0 of 5 words" in page(more)
    sent = {"answers.people": "yes", "answers.approval": "Our board.", "answers.talk": "2027-03-01"}
    assert browser.post(address, sent)["Location"] == f"/requests/{draft}/edit/terms/"
    shown = page(browser.get(f"/requests/{draft}/check/"))
    assert "Is it about people? Yes Change" in shown
    assert "When is the talk? 1 March 2027 Change" in shown
    assert "Who pays?" not in shown


def test_page_shows_what_is_wrong_beside_its_question(
    version: PolicyVersion, opus: AIModel, alice: User
) -> None:
    draft, browser = requests.save(ask_for(opus), by=alice), Browser(alice)
    address = f"/requests/{draft}/edit/questions/"
    response = browser.post(address, {"answers.field": "Music", "answers.runs": "many"})
    assert response.status_code == 422
    assert 'href="#id_answers.runs"' in response.content.decode()
    response = browser.post(address, {"answers.field": "Music"})
    assert page(response).count("Choose one of: Law, Art.") == 2


def test_hint_is_text_on_the_page(draft: AccessRequest, alice: User, pat: User, lee: User) -> None:
    policy = draft.policy_version.policy
    asked = replace(QUESTIONS[3], hint="Fewer than <b>9</b> & more than 1")
    text = replace(version_input_of(policy.current), questions=[asked])
    policies.publish(policies.draft(policy, text, by=pat), by=lee)
    shown = part_page(Browser(alice), draft, "questions")
    assert "Fewer than &lt;b&gt;9&lt;/b&gt; &amp; more than 1" in shown


def test_api_tells_the_questions_and_takes_the_answers(
    version: PolicyVersion, opus: AIModel, alice: User
) -> None:
    policy = Api(alice).get(f"{API}/models/{OPUS}/").json()["policy"]
    assert (policy["policy"], policy["version"]) == ("opus", 2)
    assert policy["questions"][0] == {
        "key": "people", "label": "Is it about people?", "kind": "yes_no", "required": True,
    }  # fmt: skip
    body = body_of(OPUS, answers=ANSWERS, submit=True)
    made = Api(alice).post(f"{API}/requests/", body).json()
    assert (made["state"], made["revision"]["answers"]) == ("in_review", ANSWERS)


# Reviewing --------------------------------------------------------------------------------------


@pytest.fixture
def answered(version: PolicyVersion, opus: AIModel, alice: User) -> AccessRequest:
    return requests.save(replace(ask_for(opus), answers=ANSWERS), by=alice, submit=True)


def test_answers_are_part_of_what_is_voted_on_and_compared(
    answered: AccessRequest, alice: User, rita: User
) -> None:
    first = answered.revision
    shown = first.digest()
    assert "<dt>Who approved that?</dt><dd><p>Our board.</p></dd>" in seen(rita, answered)
    stage = answered.stages.get()
    votes.ask_for_changes(stage, by=rita, reason="Which board?", shown=shown)
    requests.change(answered, by=alice, answers={**ANSWERS, "approval": "The ethics board."})
    second = answered.revision
    assert second.digest() != shown
    [change] = revisions.between(first, second)
    assert change.label == "Who approved that?"
    assert [run.text for run in change.runs if run.kind == "after"] == ["The ethics"]
    assert revisions.changed_parts(first, second) == {"answers"}


# Writing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "where", "sentence"),
    [
        ({"key": "Über"}, "1.key", "lowercase letters, digits and _ in a key"),
        ({"key": "track"}, "1.key", "lowercase letters, digits and _ in a key"),
        ({"label": " "}, "1.label", "Write the question on one line"),
        ({"kind": "colour"}, "1.kind", "The type must be one of: text, choice, number,"),
        ({"kind": "choice", "choices": ("One",)}, "1.choices", "Enter 2 to 30 different choices"),
        ({"label": "Why\u200b?"}, "1.label", "Remove line breaks and invisible characters."),
        (
            {"kind": "choice", "choices": ("Yes", "No\u200b")},
            "1.choices",
            "Remove line breaks and invisible characters.",
        ),
        ({"choices": ("A", "B")}, "1.choices", "Only a “choice” question"),
        ({"words": 9}, "1.words", "Only text questions have a word limit"),
        ({"only_if": "later", "only_is": "x"}, "1.only_if", "the key of an earlier question"),
        ({"only_if": "track", "only_is": "hobby"}, "1.only_is", "must be one of: academic,"),
        ({"only_is": "yes"}, "1.only_if", "Choose which question"),
    ],
)
def test_draft_refuses_a_question_that_cannot_be_asked(
    policy: Policy, pat: User, changed: dict[str, Any], where: str, sentence: str
) -> None:
    question = replace(QUESTIONS[0], **changed)
    text = replace(version_input_of(policy.current), questions=[question])
    errors = errors_of(lambda: policies.draft(policy, text, by=pat))
    assert sentence in errors[f"questions.{where}"]


def test_draft_refuses_a_key_twice_and_an_answer_that_nobody_can_give(
    policy: Policy, pat: User
) -> None:
    again = replace(QUESTIONS[1], key="people", only_is="perhaps")
    text = replace(version_input_of(policy.current), questions=[QUESTIONS[0], again])
    errors = errors_of(lambda: policies.draft(policy, text, by=pat))
    assert errors["questions.2.key"] == "Another question already uses this key."
    assert "must be one of: yes, no." in errors["questions.2.only_is"]


def test_admin_writes_questions_and_keeps_their_order(policy: Policy, pat: User) -> None:
    client, draft = as_person(pat), policies.start(policy, by=pat)
    rows = {
        "questions-0-key": "field", "questions-0-label": "Which field?",
        "questions-0-kind": "choice", "questions-0-choices": "Law\nArt", "questions-0-ORDER": "2",
        "questions-1-key": "people", "questions-1-label": "Is it about people?",
        "questions-1-kind": "yes_no", "questions-1-ORDER": "1",
    }  # fmt: skip
    assert client.post(edit_page(draft), typed(client, draft, rows)).status_code == 302
    draft.refresh_from_db()
    assert [row["key"] for row in draft.questions] == ["people", "field"]
    wrong = {"questions-1-choices": "", "questions-1-kind": "choice"}
    response = client.post(edit_page(draft), typed(client, draft, wrong))
    assert response.status_code == 422
    assert "Enter 2 to 30 different choices" in page_text(response)
    assert "“Which field?”, choices</a>" in page_text(response)


def test_admin_leaves_the_usual_length_of_an_answer_empty(
    version: PolicyVersion, pat: User
) -> None:
    response = as_person(pat).get(edit_page(version))
    words = [row["words"].value() for row in response.context["questions"].forms]
    assert words[: len(QUESTIONS)] == [None, 5, None, None, None, None]


def test_model_page_says_what_will_be_asked(version: PolicyVersion, alice: User) -> None:
    shown = page(Browser(alice).get(f"/models/{OPUS}/"))
    assert "Question: Is it about people? (Yes or no; required)." in shown
    assert "Question: Who pays? (Text; required; only for “Company”)." in shown
