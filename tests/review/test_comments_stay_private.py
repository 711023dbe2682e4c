"""A comment among reviewers reaches neither the requester nor a collaborator, by no way."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.keys import key_revocation, keys
from requests_app.actions.requests import requests
from requests_app.actions.review import comments, votes
from requests_app.models import AccessRequest, Grant, Notice
from requests_app.reports import data_export
from requests_app.web.requests import page as request_page
from tests.conftest import ask_for
from tests.support import accepted_collaborators
from tests.support.api_client import API, Api, place
from tests.support.desk_client import page_of, seen, signed_in, text_of
from tests.support.sent_mail import sent_to

pytestmark = pytest.mark.django_db

SECRET = "Entre-nous"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
PUBLIC = ("/", "/models/", "/numbers/", "/promises/", "/feeds/changes.atom", "/feeds/changes.json")
OWN = ("/requests/", "/account/", "/access/", "/account/following/")


@pytest.fixture
def shared(policy: object, opus: AIModel, alice: User, bob: User) -> AccessRequest:
    """By alice, with bob as collaborator; both may open the desk."""
    User.objects.filter(pk__in=[alice.pk, bob.pk]).update(is_staff=True)
    ask = replace(ask_for(opus), collaborators=(bob.email,))
    return accepted_collaborators.save(ask, by=alice, submit=True)


def shown_to(person: User, row: AccessRequest) -> Callable[[], dict[str, str]]:
    """Sign in once; each call gets all that they can get, by its address."""
    browser, api = signed_in(person), Api(person)
    model = row.revision.ai_models.get().identifier
    report = f"/deployment-reports/{model}/"
    pages = (f"/requests/{row}/", f"/models/{model}/", report, f"{report}report.json")

    def everything() -> dict[str, str]:
        found: dict[str, Any] = {page: browser.get(page) for page in (*PUBLIC, *OWN, *pages)}
        assert {name for name, answer in found.items() if answer.status_code != 200} == set()
        found |= {path: api.get(path) for path in (f"{API}/requests/", place(row))}
        told = {name: TOKEN.sub("", text_of(answer)) for name, answer in found.items()}
        return told | {"export": json.dumps(data_export.of_person(person), default=str)}

    return everything


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_nothing_changes_for_them(shared: AccessRequest, rita: User, sam: User, name: str) -> None:
    """Not even a number: what they get before and after is the same, word for word."""
    person = User.objects.get(email=f"{name}@example.org")
    everything = shown_to(person, shared)
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        before = everything()
        comments.comment(shared, by=rita, text=SECRET)
        comments.comment(shared, by=sam, text=f"{SECRET} too")
        after = everything()
    assert {name for name in before if before[name] != after[name]} == set()


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_no_comment_is_on_the_desk_for_them(
    shared: AccessRequest, rita: User, reviewers: Group, name: str
) -> None:
    """Though both are reviewers themselves."""
    person = User.objects.get(email=f"{name}@example.org")
    person.groups.add(reviewers)
    comments.comment(shared, by=rita, text=SECRET)
    comments.comment(shared, by=rita, text="For you.", shown_to_requester=True)
    text = seen(person, shared)
    assert not re.search(f"{SECRET}|comment", text, re.IGNORECASE)
    answer = signed_in(person).post(f"{page_of(shared)[:-7]}comment/", {"text": "Me too."})
    assert answer.status_code == 403


def test_no_mail_of_it_is_to_them(
    shared: AccessRequest, rita: User, alice: User, bob: User
) -> None:
    tasks.send_notices()
    mail.outbox.clear()
    before = Notice.objects.filter(recipient__in=[alice, bob]).count()
    comments.comment(shared, by=rita, text=SECRET)
    tasks.send_notices()
    assert mail.outbox
    assert {address for message in mail.outbox for address in message.to} == {"sam@example.org"}
    assert Notice.objects.filter(recipient__in=[alice, bob]).count() == before


def test_later_mails_and_pages_dont_have_it_either(
    shared: AccessRequest, rita: User, alice: User
) -> None:
    comments.comment(shared, by=rita, text=SECRET)
    stage = shared.stages.get()
    votes.ask_for_changes(stage, by=rita, reason="Which?", shown=stage.revision.digest())
    comments.comment(shared, by=rita, text=f"{SECRET} again")
    theirs = [str(message.message()) for message in sent_to(alice)]
    assert theirs
    assert SECRET not in "".join([*theirs, *shown_to(alice, shared)().values()])


def test_saves_are_folded_as_if_no_reviewer_had_spoken(
    shared: AccessRequest, rita: User, alice: User
) -> None:
    stage = shared.stages.get()
    votes.ask_for_changes(stage, by=rita, reason="Which?", shown=stage.revision.digest())
    requests.change(shared, by=alice, purpose="One.")
    comments.comment(shared, by=rita, text=SECRET)
    requests.change(shared, by=alice, purpose="Two.")
    entries = request_page.context(AccessRequest.objects.get(pk=shared.pk), alice)["entries"]
    assert [str(entry.sentence) for entry in entries].count("Draft saved.") == 2  # one before


def test_comment_for_the_requester_is_everywhere_without_its_author(
    shared: AccessRequest, rita: User, alice: User, bob: User
) -> None:
    comments.comment(shared, by=rita, text=SECRET)
    comments.comment(shared, by=rita, text="For <you>.", shown_to_requester=True)
    for person in (alice, bob):
        page = text_of(signed_in(person).get(f"/requests/{shared}/"))
        assert page.count("For &lt;you&gt;.") == page.count("A reviewer commented.") == 1
        assert SECRET not in page
        assert "Rita" not in page
    detail: dict[str, Any] = Api(alice).get(place(shared)).json()
    assert [each["text"] for each in detail["comments"]] == ["For <you>."]
    assert detail["events"][-1]["kind"] == "comment.shared"
    assert [each["sequence"] for each in detail["events"]] == [*range(1, len(detail["events"]) + 1)]
    [exported] = data_export.of_person(alice)["requests"]
    assert [each["text"] for each in exported["comments"]] == ["For <you>."]


def test_author_has_their_comments_in_their_export(shared: AccessRequest, rita: User) -> None:
    comments.comment(shared, by=rita, text=SECRET)
    events = data_export.of_person(rita)["events"]
    assert [row["details"]["text"] for row in events if row["kind"] == "comment.written"] == [
        SECRET
    ]


def test_grant_and_its_pages_say_nothing_of_it(
    shared: AccessRequest, rita: User, alice: User, approve: Callable[[AccessRequest, User], Grant]
) -> None:
    comments.comment(shared, by=rita, text=SECRET)
    grant = approve(shared, rita)
    page = text_of(signed_in(alice).get(f"/access/{grant.public_id}/"))
    assert SECRET not in page + json.dumps(Api(alice).get(place(grant)).json())


def test_no_number_of_a_later_event_counts_it(
    shared: AccessRequest, rita: User, alice: User, approve: Callable[[AccessRequest, User], Grant]
) -> None:
    comments.comment(shared, by=rita, text=SECRET)
    key = keys.claim(approve(shared, rita), by=alice).key
    key_revocation.revoke(key, by=alice, reason="Lost.")
    api = Api(alice)
    number = api.get(f"{API}/keys/{key.public_id}/receipt/").json()["event"]
    events = api.get(place(shared)).json()["events"]
    assert [each["kind"] for each in events if each["sequence"] == number] == ["key.revoked"]
    page = text_of(signed_in(alice).get(f"/keys/{key.public_id}/receipt/"))
    assert f"as event {number} of {shared}" in page
    assert all("sequence" not in event for event in data_export.of_person(alice)["events"])
