"""The REST API: what a request says of itself, from the ask to the appeal."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest, Policy, Scope, Stage, UsageLimits
from requests_app.models.requests.scope import LIMIT_FIELDS
from tests.conftest import ask_for
from tests.support import accepted_collaborators
from tests.support.api_client import API, OPUS, Api, place, problem_of, text_of

NO_LIMITS = dict.fromkeys(LIMIT_FIELDS)
WHOLE = {
    "title": "Refusals over time",
    "operations": ["completions"],
    "expected_cost": 1250,
    "track": "industry",
}


def vote(action: Callable[..., Stage], access_request: AccessRequest, by: User, **how: Any) -> None:
    stage = access_request.stages.open().get()
    action(stage, by=by, shown=stage.revision.digest(), **how)


@pytest.fixture
def denied(in_review: AccessRequest, rita: User) -> AccessRequest:
    vote(votes.deny, in_review, rita, reason="Too broad.", denial="unclear")
    return in_review


# What is asked ----------------------------------------------------------------------------------


def test_create_keeps_all_that_was_sent(policy: Policy, alice: User) -> None:
    asked = Api(alice).post(f"{API}/requests/", text_of(OPUS, **WHOLE)).json()
    assert {name: asked["revision"][name] for name in WHOLE} == WHOLE
    assert asked["asked"] == {
        "models": [OPUS],
        "operations": ["completions"],
        "days": 30,
        "limits": NO_LIMITS,
    }


def test_create_takes_what_is_usual_for_what_is_left_out(policy: Policy, alice: User) -> None:
    text = Api(alice).post(f"{API}/requests/", text_of(OPUS)).json()["revision"]
    assert (text["operations"], text["track"]) == (["messages", "completions"], "academic")
    assert (text["expected_cost"], text["collaborators"]) == (0, [])


def test_edit_writes_every_field_anew(draft: AccessRequest, alice: User) -> None:
    edited = Api(alice).put(place(draft), text_of(OPUS, **WHOLE)).json()["revision"]
    assert {name: edited[name] for name in WHOLE} == WHOLE
    edited = Api(alice).put(place(draft), text_of(OPUS)).json()["revision"]
    assert (edited["expected_cost"], edited["collaborators"]) == (0, [])


@pytest.mark.parametrize(("field", "value", "sentence"), [
    ("operations", ["mining"], "Choose from: messages, completions."),
    ("track", "", None),
    ("track", "hobby", "Choose one of: academic, non_profit, industry, independent."),
    ("expected_cost", -1, "Enter a whole amount from 0 to 10,000,000 USD."),
    ("expected_cost", 10**400, "Enter a whole amount from 0 to 10,000,000 USD."),
    ("collaborators", ["alice@example.org"], "You are already part of this request. Add other "
                                             "people only."),
])  # fmt: skip
def test_create_refuses_in_the_words_of_the_page(
    policy: Policy, alice: User, field: str, value: Any, sentence: str | None
) -> None:
    answer = Api(alice).post(f"{API}/requests/", text_of(OPUS, **{field: value}))
    errors = problem_of(answer, 422 if sentence else 400)["errors"]
    assert list(errors) == [field]
    assert errors[field] == [sentence] if sentence else errors[field]


def test_draft_begun_on_a_page_comes_back_as_it_is_and_is_sent_once_everything_is_chosen(
    policy: Policy, opus: AIModel, alice: User
) -> None:
    draft = requests.start([opus.identifier], by=alice)
    stored = Api(alice).get(place(draft)).json()["revision"]
    assert (stored["operations"], stored["track"]) == ([], None)
    body = text_of(OPUS, operations=[], track=None)
    assert Api(alice).put(place(draft), body).status_code == 200
    refused = Api(alice).post(f"{place(draft)}submit/", {})
    assert set(problem_of(refused, 422)["errors"]) >= {"operations", "track"}


def test_collaborator_reads_it_on_the_pages_only(
    policy: Policy, opus: AIModel, alice: User, bob: User
) -> None:
    sent = accepted_collaborators.save(
        replace(ask_for(opus), collaborators=(bob.email,)), by=alice, submit=True
    )
    problem_of(Api(bob).get(place(sent)), 404)
    assert Api(bob).get(f"{API}/requests/").json()["results"] == []


# What is said about it --------------------------------------------------------------------------


def test_return_says_what_is_asked_until_it_is_sent_again(
    in_review: AccessRequest, alice: User, rita: User
) -> None:
    api = Api(alice)
    assert api.get(place(in_review)).json()["changes_asked_for"] == ""
    vote(votes.ask_for_changes, in_review, rita, reason="Which refusals?")
    returned = api.get(place(in_review))
    assert returned.json()["changes_asked_for"] == "Which refusals?"
    assert "Rita" not in returned.content.decode()
    api.put(place(in_review), text_of(OPUS, purpose="These."))
    sent = api.post(place(in_review, "submit")).json()
    assert (sent["state"], sent["changes_asked_for"]) == ("in_review", "")
    assert [stage["revision"] for stage in sent["stages"]] == [1, 2]


def test_narrowing_shows_what_would_be_granted_and_why(
    in_review: AccessRequest, alice: User, rita: User
) -> None:
    asked = in_review.revision.scope()
    less = Scope(asked.identifiers, ("messages",), asked.duration / 3)
    vote(votes.approve, in_review, rita, reason="A month will do.", narrowed_to=less)
    answer = Api(alice).get(place(in_review))
    shown = answer.json()
    assert shown["asked"]["days"] == 90
    assert shown["scope"] == {
        "models": [OPUS],
        "operations": ["messages"],
        "days": 30,
        "limits": NO_LIMITS,
    }
    (narrowing,) = shown["narrowings"]
    assert set(narrowing) == {"at", "reason", "scope"}
    assert (narrowing["reason"], narrowing["scope"]) == ("A month will do.", shown["scope"])
    assert "Rita" not in answer.content.decode()
    assert shown["closing_reason"] == ""


def test_narrowing_shows_the_limits_before_and_after(
    limited: Stage, alice: User, rita: User
) -> None:
    request, asked = limited.access_request, limited.revision.scope()
    less = replace(asked, limits=UsageLimits(30, None, 100_000, 50))
    vote(votes.approve, request, rita, reason="Slower.", narrowed_to=less)
    shown = Api(alice).get(place(request)).json()
    given = {"requests_per_minute": 60, "tokens_per_day": 100_000}
    assert shown["asked"]["limits"] == {**NO_LIMITS, **given}
    cut = {**NO_LIMITS, **given, "requests_per_minute": 30, "spend_cap": 50}
    assert shown["scope"]["limits"] == shown["narrowings"][0]["scope"]["limits"] == cut
    (grant,) = shown["grants"]
    assert Api(alice).get(f"{API}/grants/{grant}/").json()["limits"] == cut


def test_kept_stage_names_the_revision_it_passed_with(stage: Stage, alice: User) -> None:
    shown = Api(alice).get(place(stage.access_request)).json()["stages"][0]
    assert (shown["carried_from"], shown["deadlocked_at"]) == (None, None)


def test_deadlocked_stage_says_since_when(stage: Stage, alice: User, rita: User, sam: User) -> None:
    for person in (rita, sam):
        votes.recuse(stage, by=person, reason="I know her.")
    answer = Api(alice).get(place(stage.access_request))
    assert answer.json()["stages"][0]["deadlocked_at"]
    assert "I know her." not in answer.content.decode()


# Appeals ----------------------------------------------------------------------------------------


def test_deny_tells_the_reason_and_from_when_to_ask_again(
    denied: AccessRequest, alice: User
) -> None:
    denied.refresh_from_db()
    shown = Api(alice).get(place(denied)).json()
    assert (shown["denial"], shown["closing_reason"]) == ("unclear", "Too broad.")
    assert shown["ask_again_on"] == f"{denied.ask_again_on}"
    assert (shown["appeal"], shown["appeal_of"]) == (None, None)


def test_open_request_has_no_denial(in_review: AccessRequest, alice: User) -> None:
    shown = Api(alice).get(place(in_review)).json()
    assert (shown["denial"], shown["ask_again_on"]) == (None, None)


def test_appeal_makes_a_request_and_links_the_two(denied: AccessRequest, alice: User) -> None:
    api = Api(alice)
    made = api.post(place(denied, "appeal"), {"reason": "You misread it."})
    assert (made.status_code, made.json()["state"]) == (201, "in_review")
    assert made.json()["appeal_of"] == denied.public_id
    assert made["Location"] == f"{API}/requests/{made.json()['id']}/"
    assert made.json()["revision"]["purpose"].startswith("Appeal: You misread it.")
    assert api.get(place(denied)).json()["appeal"] == made.json()["id"]


def test_appeal_refuses_an_empty_reason(denied: AccessRequest, alice: User) -> None:
    problem = problem_of(Api(alice).post(place(denied, "appeal"), {"reason": " "}), 422)
    assert problem["errors"] == {"reason": ["Explain why the decision should be reviewed again."]}


def test_appeal_refuses_a_second_one(denied: AccessRequest, alice: User) -> None:
    requests.appeal(denied, by=alice, reason="Look again.")
    problem = problem_of(Api(alice).post(place(denied, "appeal"), {"reason": "Again."}), 403)
    assert problem["detail"] == "You have already appealed this decision."


def test_appeal_refuses_what_is_open(in_review: AccessRequest, alice: User) -> None:
    problem = problem_of(Api(alice).post(place(in_review, "appeal"), {"reason": "Faster."}), 409)
    assert problem["detail"].endswith("is in review, so it can't be appealed.")


def test_appeal_is_not_found_by_others(denied: AccessRequest, bob: User, rita: User) -> None:
    for person in (bob, rita):
        problem_of(Api(person).post(place(denied, "appeal"), {"reason": "Mine."}), 404)


@pytest.mark.parametrize("body", [{}, {"reason": 7}, {"reason": "x", "why": "y"}, {"reason": None}])
def test_appeal_refuses_what_it_cannot_read(
    denied: AccessRequest, alice: User, body: dict[str, Any]
) -> None:
    problem_of(Api(alice).post(place(denied, "appeal"), body), 400)
