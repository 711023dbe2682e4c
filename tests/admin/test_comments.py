"""The thread of comments on the review page."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.actions.review import comments, votes
from requests_app.models import AccessRequest, Event, Grant, Stage, Vote
from tests.admin.test_pages import PAGE_QUERIES
from tests.review.test_comments import blind
from tests.support.desk_client import (
    LIST,
    decide,
    form_for,
    page_of,
    seen,
    signed_in,
    text_of,
)

__all__ = ["blind"]  # a fixture

pytestmark = pytest.mark.django_db

FORM = "/comment/"


def post(browser: Client, access_request: AccessRequest, fields: dict[str, str]) -> Any:
    return browser.post(f"{LIST}{access_request.pk}{FORM}", fields)


def thread_in(page: str) -> str:
    """The comments, without the form."""
    return page.partition('<h2 id="comments">')[2].partition('<div class="field')[0]


def filled_in(page: str, name: str) -> str:
    """What stands in the text field of this name, sent with the other texts of the page."""
    found = re.search(f'<textarea[^>]*name="{name}"[^>]*>\\s*([^<]*)</textarea>', page)
    assert found
    return found[1].strip()


def test_comment_stands_in_the_thread_with_author_step_and_text(
    in_review: AccessRequest, rita: User, sam: User
) -> None:
    browser = signed_in(rita)
    answer = browser.post(f"{LIST}{in_review.pk}{FORM}", {"text": "One.\n\n<b>Two</b>."})
    assert answer["Location"] == f"{page_of(in_review)}#comments"
    page = seen(sam, in_review)
    thread = thread_in(page)
    assert "<strong>Rita</strong>, “Research review” ·" in thread
    assert "<p>One.</p><p>&lt;b&gt;Two&lt;/b&gt;.</p>" in thread
    assert "shown to the requester</span>" not in thread
    assert 'href="#comments">Comments (1)</a>' in page
    assert page.count("One.") == 1  # the timeline leaves it to the thread


def test_comment_for_the_requester_is_marked(in_review: AccessRequest, rita: User) -> None:
    post(signed_in(rita), in_review, {"text": "For you.", "shown_to_requester": "on"})
    assert Event.objects.get(kind="comment.shared").details["text"] == "For you."
    assert "shown to the requester</span>" in thread_in(seen(rita, in_review))


def test_comment_that_is_refused_stands_beside_its_field(
    in_review: AccessRequest, rita: User
) -> None:
    answer = post(signed_in(rita), in_review, {"text": " ", "shown_to_requester": "on"})
    text = text_of(answer)
    assert "Write your comment first." in text
    assert re.search('name="shown_to_requester"[^>]*checked', text)
    assert "This field is required" not in text  # the decision hasn't been sent


def test_comment_that_comes_too_late_is_shown_to_be_copied(
    in_review: AccessRequest, rita: User, alice: User
) -> None:
    requests.withdraw(in_review, by=alice)
    text = text_of(post(signed_in(rita), in_review, {"text": "Typed <in> vain."}))
    assert "This request is withdrawn, so it can't be commented on." in text
    assert re.search("<textarea[^>]*readonly[^>]*>Typed &lt;in&gt; vain.</textarea>", text)
    assert FORM not in text


def test_comment_leaves_the_reason_that_is_being_written(stage: Stage, rita: User) -> None:
    half = {**form_for(stage, "approve"), "reason": "I see no", "days": "12", "denial": "unclear"}
    del half["choice"]
    for text, status in (("Has anybody asked?", 200), (" ", 422)):
        answer = post(signed_in(rita), stage.access_request, {**half, "text": text})
        page = text_of(answer)
        assert answer.status_code == status
        assert filled_in(page, "reason") == "I see no"
        assert filled_in(page, "text") == ""
        assert 'name="days" value="12"' in page
        assert '<option value="unclear" selected>' in page
        assert "Has anybody asked?" in thread_in(page)
    assert not Vote.objects.exists()


def test_comment_leaves_a_reason_that_can_no_longer_be_given_to_be_copied(
    stage: Stage, rita: User, sam: User
) -> None:
    half = {**form_for(stage, "approve"), "reason": "I see no"}
    votes.ask_for_changes(stage, by=sam, reason="Say more.", shown=stage.revision.digest())
    answer = post(signed_in(rita), stage.access_request, {**half, "text": "Why?"})
    assert re.search("<textarea[^>]*readonly[^>]*>I see no</textarea>", text_of(answer))


@pytest.mark.parametrize("fields", [{"reason": " "}, {"back": "yes"}, {"shown": "old"}])
def test_decision_that_is_not_cast_leaves_the_comment_that_is_being_written(
    stage: Stage, rita: User, fields: dict[str, str]
) -> None:
    half = {"text": "Has any", "shown_to_requester": "on"}
    page = text_of(decide(rita, stage, "approve", confirmed=None, **half, **fields))
    assert filled_in(page, "text") == "Has any"
    assert re.search('name="shown_to_requester"[^>]*checked', page)


def test_confirmation_of_a_decision_says_that_a_comment_waits(stage: Stage, rita: User) -> None:
    page = text_of(decide(rita, stage, "approve", confirmed=None, text="Has any"))
    assert "Your comment isn't added yet" in page
    assert 'type="hidden" name="text" value="Has any"' in page
    assert 'type="hidden" name="shown_to_requester" value="False"' in page
    back = {"text": "Has any", "shown_to_requester": "False", "back": "yes"}
    page = text_of(decide(rita, stage, "approve", confirmed=None, **back))
    assert not re.search('name="shown_to_requester"[^>]*checked', page)
    assert "comment isn't" not in text_of(decide(rita, stage, "approve", confirmed=None))


def test_decision_that_comes_too_late_shows_the_comment_to_be_copied(
    stage: Stage, rita: User, sam: User
) -> None:
    late = form_for(stage, "approve", text="Has any")
    decide(sam, stage, "approve")
    page = text_of(signed_in(rita).post(f"{LIST}{stage.access_request_id}/decide/", late))
    assert re.search("<textarea[^>]*readonly[^>]*>Has any</textarea>", page)


def test_comment_sent_by_two_clicks_is_added_once(in_review: AccessRequest, rita: User) -> None:
    browser = signed_in(rita)
    post(browser, in_review, {"text": "One."})
    answer = browser.post(f"{LIST}{in_review.pk}{FORM}", {"text": "One."}, follow=True)
    assert "You clicked twice, so this was done once." in text_of(answer)
    assert Event.objects.filter(kind="comment.written").count() == 1


def test_comment_needs_the_request_in_sight(in_review: AccessRequest, zoe: User) -> None:
    answer = signed_in(zoe).post(f"{LIST}{in_review.pk}{FORM}", {"text": "One."})
    assert answer.status_code == 404
    assert not Event.objects.filter(kind="comment.written").exists()


def test_thread_is_hidden_from_whoever_has_recused(stage: Stage, rita: User, sam: User) -> None:
    comments.comment(stage.access_request, by=rita, text="Between us.")
    comments.comment(stage.access_request, by=sam, text="Mine.")
    votes.recuse(stage, by=sam, reason="A friend.")
    page = seen(sam, stage.access_request)
    assert not re.search("Between us|Mine\\.|omment", page)
    assert "Between us" in seen(rita, stage.access_request)


def test_thread_stays_and_the_form_goes_with_the_end(
    in_review: AccessRequest, rita: User, approve: Callable[[AccessRequest, User], Grant]
) -> None:
    comments.comment(in_review, by=rita, text="Between us.")
    approve(in_review, rita)
    page = seen(rita, in_review)
    assert "Between us." in thread_in(page)
    assert FORM not in page


def test_superuser_reads_the_thread_without_a_form(in_review: AccessRequest, rita: User) -> None:
    comments.comment(in_review, by=rita, text="Between us.")
    page = seen(User.objects.create_superuser("ada@example.org", ""), in_review)
    assert "Between us." in page
    assert FORM not in page


def test_blind_step_hides_the_comments_of_its_reviewers_until_it_is_decided(
    blind: Stage, rita: User, sam: User, pat: User
) -> None:
    row = blind.access_request
    votes.approve(blind, by=rita, reason="Yes.", shown=blind.revision.digest())
    comments.comment(row, by=rita, text="I said yes.")
    comments.comment(row, by=pat, text="From the owner.")
    comments.comment(row, by=rita, text="For you.", shown_to_requester=True)
    page = seen(sam, row)
    assert "From the owner." in page
    assert not re.search("I said yes|For you", page)
    assert "Comments (1)" in page
    for who in (rita, pat):
        assert "I said yes." in seen(who, row)
    votes.approve(blind, by=sam, reason="Yes.", shown=blind.revision.digest())
    assert "I said yes." in seen(sam, row)


def test_long_thread_folds_its_beginning_and_takes_no_more_queries(
    in_review: AccessRequest, rita: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = signed_in(rita)
    comments.comment(in_review, by=rita, text="Number 0.")
    with django_assert_num_queries(PAGE_QUERIES):
        browser.get(page_of(in_review))
    for number in range(1, 25):
        comments.comment(in_review, by=rita, text=f"Number {number}.")
    with django_assert_num_queries(PAGE_QUERIES):
        page = text_of(browser.get(page_of(in_review)))
    folded, _, shown = thread_in(page).partition("</details>")
    assert "5 earlier comments" in folded
    assert [text in folded for text in ("Number 4.", "Number 5.")] == [True, False]
    assert "Number 5." in shown
    assert "Number 24." in shown
