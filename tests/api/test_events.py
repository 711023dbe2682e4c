"""A request's events in the API: what its page tells, and no more."""

import pytest

from lifecycle.people.models import User
from requests_app.actions.keys.keys import ClaimedKey
from requests_app.actions.review import comments
from requests_app.models import AccessRequest, Event, Grant
from requests_app.rules.events.objects import TOLD
from tests.api.test_tokens import with_token
from tests.notices.test_contradicting_mails import ask_back
from tests.support.api_client import API, Api, place, problem_of

pytestmark = pytest.mark.django_db


def events(api: Api, row: AccessRequest, query: str = "") -> list[dict[str, object]]:
    found: list[dict[str, object]] = api.get(place(row, "events") + query).json()["results"]
    return found


def test_events_name_what_changed_and_no_reviewer(claimed: ClaimedKey, alice: User) -> None:
    grant, key = claimed.key.grant, claimed.key
    shown = events(Api(alice), grant.access_request)
    by_kind = {each["kind"]: each for each in shown}
    assert by_kind["key.claimed"] | {"at": "", "data": {}} == {
        "id": by_kind["key.claimed"]["id"],
        "kind": "key.claimed",
        "at": "",
        "subject": key.public_id,
        "request": grant.access_request.public_id,
        "grant": grant.public_id,
        "key": key.public_id,
        "actor": f"user-{alice.pk}",
        "service_account": None,
        "data": {},
    }
    assert by_kind["grant.created"]["grant"] == grant.public_id
    vote = by_kind["vote.approve"]
    assert (vote["actor"], vote["data"]) == (None, {"step": "Research review"})
    assert len({each["id"] for each in shown}) == len(shown)
    digests = Event.objects.values_list("digest", flat=True)
    text = Api(alice).get(place(grant.access_request, "events")).content.decode()
    assert not [each for each in digests if bytes(each).hex() in text]


def test_comments_among_reviewers_leave_no_gap(
    in_review: AccessRequest, alice: User, rita: User
) -> None:
    before = events(Api(alice), in_review)
    comments.comment(in_review, by=rita, text="Between us.")
    comments.comment(in_review, by=rita, text="Which prompts?", shown_to_requester=True)
    *same, shared = events(Api(alice), in_review)
    assert same == before
    assert shared["kind"] == "comment.shared"
    assert str(shared["id"]).endswith(f".{in_review.events.count() - 1}")


def test_request_lists_the_same_kinds(in_review: AccessRequest, alice: User, rita: User) -> None:
    ask_back(in_review, rita)
    listed = Api(alice).get(place(in_review)).json()["events"]
    assert [each["kind"] for each in listed] == [
        each["kind"] for each in events(Api(alice), in_review)
    ]
    assert [each["sequence"] for each in listed] == [*range(1, len(listed) + 1)]
    assert in_review.events.filter(kind="vote.return").exists()


def test_event_by_a_token_names_it(grant: Grant, alice: User) -> None:
    api = with_token(alice, "keys.claim", "read")
    api.post(place(grant, "claim"))
    told = [each["service_account"] for each in events(api, grant.access_request)]
    assert set(told) == {None, alice.service_tokens.get().public_id}


def test_events_are_paged_from_the_oldest(grant: Grant, alice: User) -> None:
    row, api, found = grant.access_request, Api(alice), []
    page = api.get(place(row, "events") + "?page_size=3").json()
    while True:
        found += page["results"]
        if page["next"] is None:
            break
        page = api.get(page["next"]).json()
    assert found == events(api, row)
    assert [each["kind"] for each in found][0] == "request.saved"


@pytest.mark.parametrize("who", ["bob", "rita", "eve"])
def test_events_are_the_requesters(
    in_review: AccessRequest, who: str, request: pytest.FixtureRequest
) -> None:
    problem_of(Api(request.getfixturevalue(who)).get(place(in_review, "events")), 404)


def test_every_kind_that_is_told_is_described() -> None:
    schemas = Api().get(f"{API}/schema/?format=json").json()["components"]["schemas"]
    assert schemas["EventKind"]["enum"] == TOLD
