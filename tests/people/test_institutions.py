"""Whose colleagues are barred: as it was when the request was sent, whatever is said later."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from lifecycle.catalogue.models import AIModel
from lifecycle.people import profiles
from lifecycle.people.models import Affiliation, Institution, User
from requests_app.actions.requests import affiliations, requests
from requests_app.actions.review import stages, votes
from requests_app.models import (
    AccessRequest,
    Event,
    Notice,
    Policy,
    RequestInstitution,
    Stage,
    Vote,
)
from requests_app.refusals import Invalid, NotAllowed
from requests_app.rules.desk import inbox
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import why_not
from requests_app.transitions import gateway_barrier
from tests.conftest import ask_for, person, signed
from tests.support.desk_client import seen, signed_in

pytestmark = pytest.mark.django_db
BARRED = "You work at the requester's institution, or did when this was sent"


def works_at(person: User, name: str) -> User:
    said = {"full_name": person.full_name, "institution": name, "orcid": "", "country": ""}
    return affiliations.change_profile(User.objects.get(pk=person.pk), **said)


def sent_from(organisation: str, opus: AIModel, by: User) -> Stage:
    ask = replace(ask_for(opus), organisation=organisation)
    return requests.save(ask, by=by, submit=True).stages.open().get()


def is_barred(person: User, stage: Stage) -> bool:
    """As the vote, the inbox and the database say; they agree."""
    stage = Stage.objects.get(pk=stage.pk)
    answers = {
        str(why_not("vote", VotingPanel(stage, timezone.now()), person)).startswith(BARRED),
        stage not in inbox.waiting_for(person, timezone.now()),
    }
    assert len(answers) == 1
    return answers.pop()


@pytest.fixture
def stage(policy: Policy, opus: AIModel, alice: User, rita: User, sam: User) -> Stage:
    """Rita works where Alice does."""
    works_at(rita, "Oslo")
    works_at(sam, "Kyiv")
    works_at(alice, "Oslo")
    return sent_from("Oslo", opus, alice)


@pytest.mark.parametrize(
    "name", ["Independent", "n/a", " NONE ", "Self-employed", "Freelance", "Unabhängig", "—"]
)
def test_word_for_no_institution_makes_nobody_colleagues(
    policy: Policy, opus: AIModel, alice: User, rita: User, name: str
) -> None:
    works_at(rita, name.upper())
    works_at(alice, name)
    stage = sent_from("Freelancer", opus, alice)
    assert not is_barred(rita, stage)
    affiliations.note_change(alice, None, by=User.objects.create_superuser("ada@example.org", ""))
    assert not is_barred(rita, stage)  # vouched for, too
    votes.approve(stage, by=rita, reason="Fine.", shown=stage.revision.digest())


def test_institution_whose_name_begins_like_such_a_word_is_one(
    policy: Policy, opus: AIModel, alice: User, rita: User
) -> None:
    works_at(rita, "Independent Research Institute")
    assert is_barred(rita, sent_from("independent research institute", opus, alice))


def test_suggested_word_for_no_institution_counts_in_no_report() -> None:
    row = Institution.objects.create(name="Independent", is_curated=True)
    Institution.objects.create(name="On my own", merged_into=row)
    oslo = Institution.objects.create(name="Oslo", is_curated=True)
    assert list(Institution.objects.curated()) == [oslo]


def test_reviewer_who_empties_their_profile_stays_barred(stage: Stage, rita: User) -> None:
    assert is_barred(rita, stage)
    works_at(rita, "")
    assert is_barred(rita, stage)
    with pytest.raises(NotAllowed, match=BARRED):
        votes.approve(stage, by=rita, reason="Fine.", shown=stage.revision.digest())


def test_reviewer_who_emptied_it_before_the_request_was_sent_is_barred_too(
    stage: Stage, opus: AIModel, rita: User, bob: User
) -> None:
    works_at(rita, "")
    assert is_barred(rita, sent_from("oslo", opus, bob))


def test_reviewer_who_moved_is_barred_from_what_was_sent_before_and_not_after(
    stage: Stage, opus: AIModel, rita: User, bob: User
) -> None:
    works_at(rita, "Kyiv")
    assert is_barred(rita, stage)
    assert not is_barred(rita, sent_from("Oslo", opus, bob))


def test_reviewer_who_joins_the_institution_later_is_barred(stage: Stage, sam: User) -> None:
    assert not is_barred(sam, stage)
    works_at(sam, "Oslo")
    assert is_barred(sam, stage)
    works_at(sam, "Kyiv")
    assert is_barred(sam, stage)


def test_requester_bars_nobody_by_what_they_say_later(stage: Stage, alice: User, sam: User) -> None:
    works_at(alice, "Kyiv")
    assert not is_barred(sam, stage)


def test_requester_bars_nobody_by_a_later_text(
    stage: Stage, opus: AIModel, alice: User, sam: User
) -> None:
    votes.ask_for_changes(stage, by=sam, reason="Why?", shown=stage.revision.digest())
    again = replace(ask_for(opus, purpose="Other."), organisation="Kyiv")
    asked = stage.access_request
    requests.save(again, by=alice, access_request=asked, submit=True)
    assert not is_barred(sam, asked.stages.open().get())


def test_requester_frees_nobody_by_what_they_say_later(
    stage: Stage, alice: User, rita: User
) -> None:
    works_at(alice, "Nowhere")
    assert is_barred(rita, stage)


def test_later_institution_bars_once_somebody_else_vouches_for_it(
    stage: Stage, alice: User, sam: User, ada: User
) -> None:
    """A superuser writes it into the profile, on the desk."""
    works_at(alice, "Kyiv")
    profiles.vouch_for_institution(User.objects.get(pk=alice.pk), by=ada)
    assert is_barred(sam, stage)


def test_text_counts_though_the_profile_is_empty(
    policy: Policy, opus: AIModel, bob: User, rita: User
) -> None:
    stage = sent_from(" kyiv ", opus, bob)
    assert not is_barred(rita, stage)
    works_at(rita, "Kyiv")
    assert is_barred(rita, stage)


def test_appeal_goes_by_what_the_denied_request_said(
    stage: Stage, alice: User, rita: User, sam: User
) -> None:
    votes.deny(stage, by=sam, reason="Vague.", shown=stage.revision.digest())
    works_at(rita, "Lima")
    works_at(alice, "Lima")
    stages.recheck_all()
    denied = stage.access_request
    rows = RequestInstitution.objects
    with pytest.raises(Invalid, match="enough reviewers"):
        requests.appeal(AccessRequest.objects.get(pk=denied.pk), by=alice, reason="Look again.")
    assert {str(row.institution) for row in rows.filter(access_request=denied)} == {"Oslo"}


def test_appeal_goes_by_it_however_long_ago_that_was(
    stage: Stage, alice: User, rita: User, sam: User
) -> None:
    """Neither what the profile says by then counts, nor that a later employer is another one."""
    votes.deny(stage, by=sam, reason="Vague.", shown=stage.revision.digest())
    rows = AccessRequest.objects.filter(stages=stage)
    rows.update(submitted_at=timezone.now() - 2 * affiliations.SAME_INSTITUTIONS)
    User.objects.filter(pk=sam.pk).update(is_staff=False)
    lou = works_at(person("lou", staff=True), "Kyiv")
    lou.groups.set(rita.groups.all())
    works_at(alice, "Kyiv")
    appeal = requests.appeal(rows.get(), by=alice, reason="Look again.")
    heard = appeal.stages.open().get()
    assert (is_barred(rita, heard), is_barred(lou, heard)) == (True, False)


def test_withdrawing_and_asking_again_chooses_no_other_reviewers(
    stage: Stage, opus: AIModel, alice: User, rita: User, sam: User
) -> None:
    """The second request for a model goes by what the first said."""
    requests.withdraw(stage.access_request, by=alice)
    works_at(alice, "Kyiv")
    again = sent_from("Kyiv", opus, alice)
    assert (is_barred(rita, again), is_barred(sam, again)) == (True, False)


def test_more_time_goes_by_what_the_first_request_said(
    stage: Stage, alice: User, rita: User, sam: User
) -> None:
    votes.approve(stage, by=sam, reason="Fine.", shown=stage.revision.digest())
    grant = stage.access_request.grants.get()
    works_at(alice, "Kyiv")
    with time_machine.travel(grant.ends_at - timedelta(days=3), tick=False):
        draft = requests.change(
            signed(requests.extend(grant, by=alice)), by=alice, organisation="Kyiv"
        )
        asked = requests.submit(draft, by=alice)
        more = asked.stages.open().get()
        assert (is_barred(rita, more), is_barred(sam, more)) == (True, False)


def test_owners_hear_whom_an_institution_bars_that_nobody_confirmed(
    stage: Stage, opus: AIModel, bob: User
) -> None:
    told = Notice.objects.filter(template="reviewers_barred")
    assert {notice.recipient.full_name for notice in told} == {"Pat", "Lee"}
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    works_at(bob, "Oslo")
    profiles.vouch_for_institution(User.objects.get(pk=bob.pk), by=ada)
    sent_from("Oslo", opus, bob)
    assert told.count() == 2


def test_change_of_institution_is_told_on_open_steps(
    stage: Stage, rita: User, sam: User, pat: User
) -> None:
    works_at(sam, "Lima")
    event = Event.objects.get(kind="reviewer.institution_changed")
    assert (event.actor, event.access_request) == (sam, stage.access_request)
    text = seen(pat, stage.access_request)
    assert "A reviewer changed institution from Kyiv to Lima" in text
    assert "changed institution to Lima on" in text


def test_profile_page_tells_it_too_and_nobody_elses_requests(
    stage: Stage, alice: User, eve: User, sam: User
) -> None:
    for somebody in (eve, sam, alice):
        signed_in(somebody).post("/profile/", {"full_name": "X", "institution": "Lima"})
    told = Event.objects.filter(kind__endswith="institution_changed").order_by("pk")
    assert [(event.kind.split(".")[0], event.actor) for event in told] == [
        ("reviewer", sam),
        ("requester", alice),
    ]


def test_change_of_institution_has_a_pace(sam: User, settings: Settings) -> None:
    """Each is an event on every open request."""
    settings.INSTITUTIONS_PER_HOUR = 2
    browser = signed_in(sam)
    answers = [
        browser.post("/profile/", {"full_name": "Sam", "institution": name}).status_code
        for name in ("Lima", "Lima", "Oslo", "Kyiv")
    ]
    assert answers == [302, 302, 302, 429]
    assert browser.post("/profile/", {"full_name": "Sam", "institution": "Oslo"}).status_code == 302


def test_change_of_institution_keeps_no_gateway_waiting() -> None:
    assert not gateway_barrier.reduces_access("requester.institution_changed", by_the_clock=False)
    assert not gateway_barrier.reduces_access("reviewer.institution_changed", by_the_clock=False)


def test_superuser_ends_an_affiliation_and_vouches_for_one(client: Client, sam: User) -> None:
    works_at(sam, "Kyiv")
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    client.force_login(ada)
    page = f"/admin/people/user/{sam.pk}/change/"
    form = {"email": sam.email, "full_name": "Sam", "is_active": "on", "is_staff": "on"}
    place = profiles.institution_named("Oslo")
    for institution in (place.pk, ""):
        assert client.post(page, {**form, "institution": institution}).status_code == 302
    last = Affiliation.objects.filter(person=sam).latest("pk")
    assert (last.institution, last.vouched_by) == (place, ada)
    assert last.ends_at


def test_database_refuses_a_vote_of_a_colleague(stage: Stage, rita: User, sam: User) -> None:
    said = {"stage": stage, "choice": "approve", "reason": "Hm.", "cast_at": timezone.now()}
    with pytest.raises(IntegrityError, match="barred otherwise"):
        Vote.objects.create(shown="", voter=sam, seat=rita, **said)


def test_database_refuses_another_institution_once_it_was_sent(stage: Stage) -> None:
    kyiv = Institution.objects.get(name="Kyiv")
    said = {"access_request": stage.access_request, "at": timezone.now()}
    with pytest.raises(IntegrityError, match="settled when a request is first sent"):
        RequestInstitution.objects.create(institution=kyiv, **said)
