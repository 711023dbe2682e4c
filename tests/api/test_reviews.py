"""Reviews by the API: what the desk shows, nothing that it hides, and votes on what was read."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import comments, votes
from requests_app.models import AccessRequest, Grant, Narrowing, ReadLogEntry, Scope, Stage, Vote
from tests.conftest import ask_for, person
from tests.support.api_client import API, Api, problem_of
from tests.support.desk_client import member, publish
from tests.support.sample_files import PLAN, attached

pytestmark = pytest.mark.django_db

REASON = {"reason": "Sound plan."}
INBOX = f"{API}/reviews/"
WORDS = "Exactly what this is for."
VERBS = ("approve", "decline", "request-changes", "recuse")


def address(access_request: AccessRequest, verb: str = "") -> str:
    return f"{INBOX}{access_request.public_id}/" + (f"{verb}/" if verb else "")


def read(who: User, access_request: AccessRequest) -> Any:
    answer = Api(who).get(address(access_request))
    assert answer.status_code == 200
    return answer


def decide(who: User, access_request: AccessRequest, verb: str, tag: str, **body: Any) -> Any:
    sent = {**REASON, **({"denial": "other"} if verb == "decline" else {}), **body}
    return Api(who).post(address(access_request, verb), sent, headers={"If-Match": tag})


def digest_of(who: User, access_request: AccessRequest) -> str:
    return str(read(who, access_request).json()["digest"])


# The inbox --------------------------------------------------------------------------------------


def test_inbox_lists_what_waits_with_the_last_comment(
    stage: Stage, rita: User, sam: User, pat: User
) -> None:
    for text in ("First.", "Is the sample large enough?"):
        comments.comment(stage.access_request, by=sam, text=text)
    (line,) = Api(rita).get(INBOX).json()["results"]
    assert (line["request"], line["requester"]) == (stage.access_request.public_id, "Alice")
    assert (line["step"], line["policy"], line["marks"]) == ("Research review", "opus", [])
    assert line["last_comment"]["text"] == "Is the sample large enough?"
    assert Api(pat).get(INBOX).json()["results"] == []  # owns it, and can't decide it


def test_inbox_is_read_page_by_page_by_deadline(policy: Any, opus: AIModel, rita: User) -> None:
    for name in ("ann", "ben", "cy"):
        requests.save(ask_for(opus), by=person(name), submit=True)
    due = [stage.access_request.public_id for stage in Stage.objects.order_by("due_at", "pk")]
    found, page = [], f"{INBOX}?page_size=2"
    while page:
        answer = Api(rita).get(page).json()
        found += [line["request"] for line in answer["results"]]
        page = answer["next"]
    assert found == due


# One request ------------------------------------------------------------------------------------


def test_review_has_what_the_desk_shows_and_records_the_look(
    in_review: AccessRequest, rita: User
) -> None:
    body = read(rita, in_review).json()
    assert body["revision"]["purpose"] == "Compare refusals."
    assert (body["requester"]["email"], body["step"]["approvals_to_pass"]) == (
        "alice@example.org", 1,
    )  # fmt: skip
    assert [each["status"] for each in body["reviewers"]] == ["can decide", "can decide"]
    assert body["why_not_decide"] == ""
    (look,) = ReadLogEntry.objects.all()
    assert (look.person, look.access_request) == (rita, in_review)


def test_review_that_has_not_changed_is_304_and_recorded(
    in_review: AccessRequest, rita: User, sam: User
) -> None:
    tag = read(rita, in_review)["ETag"]
    again = Api(rita).get(address(in_review), headers={"If-None-Match": tag})
    assert (again.status_code, ReadLogEntry.objects.count()) == (304, 2)
    comments.comment(in_review, by=sam, text="New.")
    assert Api(rita).get(address(in_review), headers={"If-None-Match": tag}).status_code == 200


def test_outsiders_learn_nothing(in_review: AccessRequest, alice: User, eve: User) -> None:
    stranger = member("stranger")  # opens the desk, and reviews nothing
    for who, status in ((alice, 403), (eve, 403), (stranger, 404)):
        for place in (address(in_review), address(in_review, "comments")):
            problem_of(Api(who).get(place), status)
        for verb in VERBS:
            problem_of(decide(who, in_review, verb, '"x"'), status)
    assert not ReadLogEntry.objects.exists()
    problem_of(Api().get(address(in_review)), 401)


def test_review_needs_the_second_factor_of_the_desk(
    in_review: AccessRequest, rita: User, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    for place in (INBOX, address(in_review)):
        assert problem_of(Api(rita).get(place), 403)["type"].endswith("#second-factor")


def test_drafts_are_their_requesters_only(draft: AccessRequest, rita: User, pat: User) -> None:
    for who in (rita, pat):
        problem_of(Api(who).get(address(draft)), 404)


# What is hidden ---------------------------------------------------------------------------------


@pytest.fixture
def blind(
    opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User, alice: User,
    rita: User, sam: User,
) -> Stage:  # fmt: skip
    """A blind step that needs two, on which Rita has commented, approved and narrowed."""
    step = policies.StepInput("Blind", reviewers, quorum=2, denials_to_fail=2, blind=True)
    publish(step, by=(pat, lee), owners=owners, ai_models=[opus])
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.get()
    comments.comment(stage.access_request, by=rita, text=WORDS)
    less = Scope((opus.identifier,), ("messages",), timedelta(days=30))
    digest = stage.revision.digest()
    return votes.approve(stage, by=rita, reason=WORDS, shown=digest, narrowed_to=less)


def test_blind_step_hides_votes_comments_and_who_narrowed(
    blind: Stage, rita: User, sam: User, pat: User
) -> None:
    access_request = blind.access_request
    hidden = read(sam, access_request)
    assert WORDS not in hidden.content.decode()
    body = hidden.json()
    assert [(step["votes"], step["votes_hidden"]) for step in body["steps"]] == [([], True)]
    assert (body["narrowings"][0]["by"], body["scope"]["days"]) == (None, 30)
    assert WORDS not in Api(sam).get(address(access_request, "comments")).content.decode()
    (line,) = Api(sam).get(INBOX).json()["results"]
    assert line["last_comment"] is None
    for who in (rita, pat):  # her own; and an owner who doesn't decide
        assert read(who, access_request).json()["steps"][0]["votes"][0]["by"] == "Rita"


def test_whoever_takes_part_or_recused_reads_no_comments(
    stage: Stage, rita: User, sam: User, reviewers: Group, alice: User
) -> None:
    comments.comment(stage.access_request, by=rita, text=WORDS)
    votes.recuse(stage, by=sam, reason="We wrote a paper together.")
    alice.is_staff = True
    alice.save()
    alice.groups.add(reviewers)
    for who in (alice, sam):
        body = read(who, stage.access_request).json()
        assert body["comments"] == []
        assert body["why_not_decide"]
        assert Api(who).get(address(stage.access_request, "comments")).json() == []
    assert read(alice, stage.access_request).json()["steps"][0]["votes"] == []


# Files and comments -----------------------------------------------------------------------------


def test_file_is_sent_to_keep_and_recorded(
    draft: AccessRequest, alice: User, rita: User, eve: User
) -> None:
    row = attached(draft, alice, "notes.txt", PLAN)
    place = address(draft, f"files/{row.public_id}")
    problem_of(Api(rita).get(place), 404)  # not sent yet
    requests.submit(draft, by=alice)
    answer: Any = Api(rita).get(place)
    assert b"".join(answer.streaming_content) == PLAN
    assert answer["Content-Disposition"] == 'attachment; filename="notes.txt"'
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert ReadLogEntry.objects.get().file == row
    problem_of(Api(eve).get(place), 403)


def test_comment_is_written_once(in_review: AccessRequest, rita: User, alice: User) -> None:
    place, body = address(in_review, "comments"), {"text": "Why so long?"}
    made = Api(rita).post(place, {**body, "shown_to_requester": True})
    assert (made.status_code, made.json()["shown_to_requester"]) == (201, True)
    problem_of(Api(rita).post(place, {**body, "shown_to_requester": True}), 409)
    problem_of(Api(rita).post(place, {"text": " "}), 422)
    shown = Api(alice).get(f"{API}/requests/{in_review.public_id}/").json()["comments"]
    assert [each["text"] for each in shown] == ["Why so long?"]


# Decisions --------------------------------------------------------------------------------------


def test_approval_by_etag_grants(in_review: AccessRequest, rita: User) -> None:
    done = decide(rita, in_review, "approve", read(rita, in_review)["ETag"])
    assert done.status_code == 200
    body, grant = done.json(), Grant.objects.get()
    assert (body["state"], body["step_state"], body["choice"]) == ("approved", "passed", "approve")
    assert body["grant"] == grant.public_id


def test_approval_of_less_narrows(in_review: AccessRequest, rita: User, opus: AIModel) -> None:
    less = {"operations": ["messages"], "days": 30, "limits": {"spend_cap": 50}}
    done = decide(rita, in_review, "approve", f'"{digest_of(rita, in_review)}"', narrowed_to=less)
    assert done.status_code == 200
    grant = Grant.objects.get()
    assert (grant.operations, grant.spend_cap) == (["messages"], 50)


@pytest.mark.parametrize("wider", [
    {"models": ["gpt-3"]}, {"days": 1000}, {"operations": []}, {"operations": ["x", "messages"]},
])  # fmt: skip
def test_approval_of_more_or_nothing_is_refused(
    in_review: AccessRequest, rita: User, wider: dict[str, Any]
) -> None:
    tag = f'"{digest_of(rita, in_review)}"'
    problem_of(decide(rita, in_review, "approve", tag, narrowed_to=wider), 422)
    assert not Vote.objects.exists()


@pytest.mark.parametrize(("verb", "state"), [
    ("decline", "denied"), ("request-changes", "returned"), ("recuse", "in_review"),
])  # fmt: skip
def test_other_decisions(in_review: AccessRequest, rita: User, verb: str, state: str) -> None:
    done = decide(rita, in_review, verb, f'"{digest_of(rita, in_review)}"')
    assert (done.status_code, done.json()["state"], done.json()["grant"]) == (200, state, None)
    (vote,) = Vote.objects.all()
    assert (vote.voter, vote.reason) == (rita, "Sound plan.")


@pytest.mark.parametrize("verb", VERBS)
def test_decision_without_a_digest_is_428(in_review: AccessRequest, rita: User, verb: str) -> None:
    for headers in ({}, {"If-Match": "*"}):
        answer = Api(rita).post(address(in_review, verb), REASON, headers=headers)
        assert problem_of(answer, 428)["type"].endswith("#if-match-required")
    assert not Vote.objects.exists()


def test_decision_on_what_was_narrowed_meanwhile_is_412(
    in_review: AccessRequest, policy: Any, rita: User, sam: User
) -> None:
    tag = read(sam, in_review)["ETag"]
    stage = in_review.stages.get()
    Narrowing.objects.create(
        revision=stage.revision,
        by=rita,
        at=timezone.now(),
        reason="Enough.",
        identifiers=stage.revision.scope().identifiers,
        operations=["messages"],
        duration=timedelta(days=30),
    )
    refused = problem_of(decide(sam, in_review, "approve", tag), 412)
    assert refused["type"].endswith("#stale")


def test_decision_is_for_the_step_that_was_read(
    opus: AIModel, reviewers: Group, owners: Group, pat: User, lee: User, alice: User,
    rita: User, sam: User,
) -> None:  # fmt: skip
    """The text is the same on the next step, which is another question."""
    again = {"allow_repeat_voters": True}
    steps = [policies.StepInput(name, reviewers, **again) for name in ("One", "Two")]
    publish(*steps, by=(pat, lee), owners=owners, ai_models=[opus])
    access_request = requests.save(ask_for(opus), by=alice, submit=True)
    tag = read(sam, access_request)["ETag"]
    assert decide(rita, access_request, "approve", tag).json()["step"] == "One"
    problem_of(decide(sam, access_request, "approve", tag), 412)
    assert (
        decide(sam, access_request, "approve", read(sam, access_request)["ETag"]).json()["step"]
        == "Two"
    )


def test_decision_is_refused_as_on_the_desk(
    in_review: AccessRequest, rita: User, pat: User, approve: Callable[..., Grant]
) -> None:
    tag = f'"{digest_of(rita, in_review)}"'
    refused = problem_of(decide(pat, in_review, "approve", tag), 403)
    assert refused["detail"] == "Only members of Opus reviewers can decide this step."
    problem_of(decide(rita, in_review, "approve", tag, reason=" "), 422)
    problem_of(decide(rita, in_review, "decline", tag, denial="because"), 400)
    approve(in_review, rita)
    problem_of(decide(rita, in_review, "approve", tag), 409)


def test_decision_can_be_tried(in_review: AccessRequest, rita: User) -> None:
    tag = read(rita, in_review)["ETag"]
    place = f"{address(in_review, 'approve')}?dry_run=true"
    tried = Api(rita).post(place, REASON, headers={"If-Match": tag})
    assert (tried.status_code, tried["Dry-Run"], tried.json()["state"]) == (200, "true", "approved")
    assert not Vote.objects.exists()
    assert decide(rita, in_review, "approve", tag).status_code == 200


@pytest.mark.parametrize("verb", ["approve", "decline"])
def test_trying_on_a_blind_step_tells_nothing_of_other_votes(
    blind: Stage, sam: User, verb: str
) -> None:
    place = f"{address(blind.access_request, verb)}?dry_run=true"
    tag = read(sam, blind.access_request)["ETag"]
    body = {**REASON, **({"denial": "other"} if verb == "decline" else {})}
    tried = Api(sam).post(place, body, headers={"If-Match": tag}).json()
    assert (tried["state"], tried["step_state"], tried["grant"]) == ("in_review", "open", None)
