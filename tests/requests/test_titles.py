"""The title of a request: where it is kept, how it counts, and what stands in for it."""

import pytest
from django.contrib.auth.models import Group
from django.core import mail

from lifecycle.catalogue.models import AIModel
from lifecycle.people import profiles
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions import policies
from requests_app.actions.requests import requests
from requests_app.actions.review import votes
from requests_app.models import AccessRequest
from requests_app.validation import extensions
from requests_app.wording import revisions, titles
from tests.conftest import ask_for
from tests.support.desk_client import (
    INDEX,
    LIST,
    decide,
    member,
    page_of,
    publish,
    signed_in,
    text_of,
)
from tests.support.page_client import Browser, page

pytestmark = pytest.mark.django_db

TITLE = "Refusals over time"


@pytest.fixture
def titled(draft: AccessRequest, alice: User) -> AccessRequest:
    return requests.submit(requests.change(draft, by=alice, title=TITLE), by=alice)


def test_title_stands_for_models_and_purpose(draft: AccessRequest, alice: User) -> None:
    assert titles.of_revision(draft.revision) == "Claude Opus 3: Compare refusals."
    assert titles.of_revision(requests.change(draft, by=alice, purpose="").revision) == (
        "Claude Opus 3"
    )
    changed = requests.change(draft, by=alice, title=f" {TITLE}  ")
    assert titles.of_revision(changed.revision) == TITLE


def test_title_is_kept_when_sent_again_and_its_change_is_shown(
    titled: AccessRequest, alice: User, rita: User
) -> None:
    stage = titled.stages.get()
    votes.ask_for_changes(stage, by=rita, reason="Which?", shown=stage.revision.digest())
    first = titled.revision
    second = requests.change(titled, by=alice, expected_use="Some.").revision
    assert (second.number, second.title) == (2, TITLE)
    before = second.digest()
    second = requests.change(titled, by=alice, title="Refusals").revision
    assert second.digest() != before
    assert revisions.changed_parts(first, second) == {"purpose", "use"}
    title, _use = revisions.between(first, second)
    assert (title.label, title.runs) == ("Title", [("before", TITLE), ("after", "Refusals")])


def test_pages_name_a_request_by_its_title_beside_its_id(
    titled: AccessRequest, alice: User, rita: User
) -> None:
    stage = titled.stages.get()
    desk = signed_in(rita)
    assert f'>{TITLE}</a> <span class="soft">{titled}</span>' in text_of(desk.get(INDEX))
    assert f'{page_of(titled)}">{TITLE} <span' in text_of(desk.get(LIST))
    chosen = text_of(decide(rita, stage, "approve", confirmed=None))
    assert f"<h1>Approve: {TITLE}</h1>" in chosen
    assert f"“Research review” of {TITLE}, requested by Alice." in chosen
    decide(rita, stage, "approve")
    meanwhile = text_of(decide(rita, stage, "deny"))
    assert f"in the meantime: {TITLE}</h1>" in meanwhile
    browser, grant = Browser(alice), titled.grants.get()
    assert f"{TITLE} {titled}" in page(browser.get("/requests/"))
    assert f"<h1>{TITLE}</h1>" in browser.get(f"/requests/{titled}/").content.decode()
    assert f"{grant} {TITLE}" in page(browser.get("/access/"))
    assert f"Request {TITLE} {titled}" in page(browser.get(f"/access/{grant}/"))
    assert f">{TITLE}</a>" in text_of(desk.get(f"/admin/requests_app/grant/{grant.pk}/change/"))


def test_mails_say_the_title_and_reviewers_read_what_it_is_about(
    titled: AccessRequest, alice: User, rita: User
) -> None:
    tasks.send_notices()
    stage = titled.stages.get()
    votes.ask_for_changes(stage, by=rita, reason="Which?", shown=stage.revision.digest())
    requests.change(titled, by=alice, title="Not sent yet")
    tasks.send_notices()
    asked, received, returned = (
        next(each for each in mail.outbox if each.subject.startswith(beginning))
        for beginning in ("Decide by ", "Request received, ", "Changes requested: ")
    )
    assert all(each.subject.endswith(f": {TITLE}") for each in (asked, received, returned))
    about = f"{TITLE}\nAlice, Example University\n\nCompare refusals.\n\nReference: {titled}"
    assert about in asked.body
    assert f"{TITLE}\nReference: {titled}" in returned.body


def test_mails_about_two_steps_of_one_request_are_told_apart_by_their_subjects(
    opus: AIModel, owners: Group, reviewers: Group, pat: User, lee: User, alice: User, rita: User
) -> None:
    board = Group.objects.create(name="Board")
    bea = member("bea", board)
    profiles.note_language(bea, "de")
    steps = (policies.StepInput("First", reviewers), policies.StepInput("Ethics", board))
    publish(*steps, by=(pat, lee), owners=owners, ai_models=[opus])
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.open().get()
    votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())
    tasks.send_notices()
    (received,) = (one.subject for one in mail.outbox if one.to == [alice.email])
    asked = [one.subject.partition(": ")[2] for one in mail.outbox if one.to != [alice.email]]
    assert asked == ["„Ethics“, Claude Opus 3: Compare refusals."]
    assert received.endswith(" UTC: Claude Opus 3: Compare refusals.")


def test_title_is_carried_to_an_appeal(titled: AccessRequest, alice: User, rita: User) -> None:
    stage = titled.stages.get()
    votes.deny(stage, by=rita, reason="No.", shown=stage.revision.digest(), denial="unclear")
    assert requests.appeal(titled, by=alice, reason="Look again.").revision.title == TITLE


def test_title_is_carried_to_an_extension(titled: AccessRequest, rita: User) -> None:
    stage = titled.stages.get()
    votes.approve(stage, by=rita, reason="Sound.", shown=stage.revision.digest())
    asked = extensions.prefilled_input(titled.grants.get(), now=stage.opened_at)
    assert asked.title == TITLE
