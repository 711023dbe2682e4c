"""Whoever asks in German reads German from the first page to the last mail."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone, translation

from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions.grants import grants
from requests_app.actions.requests import invitations
from requests_app.actions.review import stages
from requests_app.models import AccessRequest, Grant, ReviewerPreference, Stage
from requests_app.models.review.question import Question, QuestionKind
from requests_app.notices.mail import send_digest
from requests_app.wording import questions
from tests.support.page_client import Browser, page
from translating import catalogues

pytestmark = pytest.mark.django_db

HOLE = re.compile(r"%\(\w+\)[sd]|%[sd]|<[^>]+>")
TELLING = 14  # letters; what is shorter may stand inside a German word


def fragments() -> Iterator[str]:
    """What is English without doubt: pieces between placeholders that German says otherwise."""
    for message in catalogues.kept("de"):
        english = message.id if isinstance(message.id, tuple) else (message.id,)
        german = str(message.string)
        for piece in (part.strip() for text in english for part in HOLE.split(text)):
            if len(piece) >= TELLING and " " in piece and piece not in german:
                yield piece


ENGLISH = sorted(set(fragments()))


def assert_german(text: str) -> None:
    left = [piece for piece in ENGLISH if piece in text]
    assert not left


def whole(message: mail.EmailMessage) -> str:
    """Subject, text and HTML."""
    parts = [part.get_payload(decode=True) for part in message.message().walk()]
    told = " ".join(part.decode() for part in parts if isinstance(part, bytes))
    return " ".join(re.sub(r"<[^>]+>", " ", f"{message.subject} {told}").split())


@pytest.fixture
def german(alice: User) -> Browser:
    """Alice's browser, which asks for German, and so do her mails."""
    User.objects.filter(pk=alice.pk).update(language="de")
    return Browser(alice, headers={"accept-language": "de"})


def test_assert_german_finds_english() -> None:
    with pytest.raises(AssertionError):
        assert_german("Seite: Nothing was changed. What works already goes on working.")


def test_pages_before_a_request_are_german(german: Browser, draft: AccessRequest) -> None:
    addresses = ["/", "/models/", "/models/claude-3-opus-20240229/", "/numbers/", "/report-a-key/"]
    own = ["/requests/", "/access/", "/profile/", "/account/", "/requests/new/"]
    for address in [*addresses, *own, f"/requests/{draft}/", "/nowhere/"]:
        assert_german(page(german.get(address)))


def test_parts_of_the_ask_are_german(german: Browser, draft: AccessRequest) -> None:
    start = german.get(f"/requests/{draft}/edit/")
    assert start.status_code == 200
    parts = re.findall(rf'href="(/requests/{draft}/[\w/-]+)"', start.content.decode())
    assert len(parts) > 4
    for address in sorted(set(parts)):
        assert_german(page(german.get(address, follow=True)))


def test_a_request_and_its_refusal_are_german(german: Browser, grant: Grant) -> None:
    access_request = grant.access_request
    for address in (f"/requests/{access_request}/", f"/access/{grant}/"):
        assert_german(page(german.get(address)))
    refused = german.post(f"/requests/{access_request}/withdraw/")
    assert refused.status_code == 409
    sentence = "Dieser Antrag ist bewilligt und kann deshalb nicht zurückgezogen werden."
    assert sentence in page(refused)
    assert_german(page(refused))


def test_api_says_the_same_sentence_in_the_language_asked_for(
    german: Browser, alice: User, grant: Grant
) -> None:
    address = f"/api/v1/requests/{grant.access_request}/withdraw/"
    sentences = [
        browser.post(address, {}, content_type="application/json").json()["detail"]
        for browser in (german, Browser(alice))
    ]
    assert sentences[0].startswith("Dieser Antrag ist bewilligt")
    assert sentences[1].startswith("This request is approved")


def test_reasons_of_ours_are_german_though_stored_in_english(german: Browser, grant: Grant) -> None:
    grants.end(grant, by=grant.holder)
    stored = Grant.objects.get().closing_reason
    assert stored == "Ended by its holder."
    assert "Von der berechtigten Person beendet." in page(german.get(f"/access/{grant}/"))


def test_mails_are_in_the_language_of_each(
    german: Browser,
    stage: Stage,
    rita: User,
    approve: Callable[[AccessRequest, User], Grant],
) -> None:
    tasks.send_notices()  # those who may decide are asked
    approve(stage.access_request, rita)
    tasks.send_notices()
    hers = [message for message in mail.outbox if message.to == ["alice@example.org"]]
    assert {message.subject.split(":")[0] for message in hers} >= {"Bewilligt"}
    for message in hers:
        assert message.body.startswith("Guten Tag Alice,")
        assert_german(whole(message))
    others = [message for message in mail.outbox if message.to != ["alice@example.org"]]
    assert others
    assert all(message.body.startswith("Hello ") for message in others)


def test_invitation_to_an_address_is_in_the_language_of_who_invites(
    german: Browser, draft: AccessRequest, alice: User
) -> None:
    alice.refresh_from_db()
    invitations.invite(draft, "new@example.org", by=alice)
    tasks.send_notices()
    (sent,) = (message for message in mail.outbox if message.to == ["new@example.org"])
    assert_german(whole(sent))


def test_digest_is_german_for_whoever_reads_german(stage: Stage, rita: User) -> None:
    User.objects.filter(pk=rita.pk).update(language="de")
    ReviewerPreference.objects.create(person=rita, daily_digest=True)
    now = timezone.now() + timedelta(days=2)
    stages.remind(stage.pk, now=now)
    mail.outbox.clear()
    assert send_digest(rita.pk, now=now + timedelta(days=1))
    (digest,) = mail.outbox
    assert digest.subject.startswith("1 Antrag zu entscheiden, bis ")
    assert_german(whole(digest))


def test_a_day_that_answers_a_question_has_its_point() -> None:
    question = Question("published_on", "When will you publish?", QuestionKind.DATE)
    with translation.override("de"):
        assert questions.shown(question, "2027-06-30") == "30. Juni 2027"
