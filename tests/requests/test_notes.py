"""The note with which a returned request is sent again: who reads it, and where."""

import pytest
from django.core import mail

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest
from requests_app.refusals import Invalid
from tests.support.api_client import Api, place
from tests.support.desk_client import seen
from tests.support.page_client import Browser, page

pytestmark = pytest.mark.django_db

NOTE = "We now say which refusals."


@pytest.fixture
def changed(in_review: AccessRequest, alice: User, rita: User) -> AccessRequest:
    """Returned and edited, but not sent again."""
    stage = in_review.stages.get()
    votes.ask_for_changes(stage, by=rita, reason="Which?", shown=stage.revision.digest())
    return requests.change(in_review, by=alice, purpose="Compare refusals of advice.")


def test_note_is_what_reviewers_read_first(changed: AccessRequest, alice: User, rita: User) -> None:
    browser = Browser(alice)
    assert 'name="note"' in browser.get(f"/requests/{changed}/check/").content.decode()
    browser.post(f"/requests/{changed}/submit/", {"note": f" {NOTE}\r\n"})
    revision = changed.revision
    assert (revision.number, revision.note) == (2, NOTE)
    event = changed.events.filter(kind="request.submitted").latest("sequence")
    assert event.details["digest"] == revision.digest()
    desk = seen(rita, changed)
    assert desk.index(NOTE) < desk.index('<h2 id="purpose">')
    shown = page(browser.get(f"/requests/{changed}/"))
    assert f"Note to the reviewers {NOTE}" in shown
    assert f"Sent for review. {NOTE}" in shown
    tasks.send_notices()
    asked = next(each for each in mail.outbox if each.subject.startswith("Decide by "))
    assert asked.body.index(NOTE) < asked.body.rindex("Compare refusals of advice.")


def test_note_is_part_of_the_digest_and_of_no_later_text(
    changed: AccessRequest, alice: User, rita: User
) -> None:
    sent = Api(alice).post(place(changed, "submit"), {"note": NOTE}).json()
    assert sent["revision"]["note"] == NOTE
    revision = changed.revision
    before = revision.digest()
    revision.note = "Another."
    assert revision.digest() != before
    stage = changed.stages.open().get()
    votes.ask_for_changes(stage, by=rita, reason="Why?", shown=stage.revision.digest())
    assert requests.change(changed, by=alice, purpose="More.").revision.note == ""


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        ("x" * 2001, "Use at most 2,000 characters."),
        ("a\x00b", "Null characters are not allowed."),
        ("emk_" + "x" * 36, "This text contains a key."),
    ],
)
def test_note_that_is_refused_stays_on_the_page(
    changed: AccessRequest, alice: User, note: str, sentence: str
) -> None:
    response = Browser(alice).post(f"/requests/{changed}/submit/", {"note": note})
    assert response.status_code == 422
    assert page(response).count(sentence) == 2
    assert f"{note}</textarea>" in response.content.decode()
    assert changed.revision.submitted_at is None


def test_note_needs_a_return(draft: AccessRequest, alice: User) -> None:
    html = Browser(alice).get(f"/requests/{draft}/check/").content.decode()
    assert 'name="note"' not in html
    with pytest.raises(Invalid, match="Only a request that was returned"):
        requests.submit(draft, by=alice, note=NOTE)
