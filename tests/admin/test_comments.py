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
from requests_app.models import AccessRequest, Event, Grant, Stage
from tests.admin.test_pages import PAGE_QUERIES
from tests.review.test_comments import blind
from tests.support.desk_client import LIST, page_of, seen, signed_in, text_of

__all__ = ["blind"]  # a fixture

pytestmark = pytest.mark.django_db

FORM = "/comment/"


def post(browser: Client, access_request: AccessRequest, fields: dict[str, str]) -> Any:
    return browser.post(f"{LIST}{access_request.pk}{FORM}", fields)


def thread_in(page: str) -> str:
    """The comments, without the form."""
    return page.partition('<h2 id="comments">')[2].partition("<form")[0]


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
