"""Each mail about models, weights, promises and essays has one link that its reader may open."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from lifecycle.catalogue.models import AIModel, WeightsCustody
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions import proposals as proposal_actions
from requests_app.actions.catalogue import editing, following, promises, weights
from requests_app.actions.catalogue.promises import PromiseInput
from requests_app.actions.requests import requests
from requests_app.actions.review import stages
from requests_app.actions.voice import essay_votes, preferences
from requests_app.actions.voice.preferences import Decision
from requests_app.models import Notice, ServiceToken, Stage
from requests_app.notices.content import mail_context
from tests.catalogue.test_editing import renaming
from tests.conftest import ask_for, person, today
from tests.support import retirement_edits
from tests.support.mail_walk import Get, MailWalk, Walk, at, look_at, seen_on
from tests.support.retirement_edits import End
from tests.voice.conftest import (
    an_essay,
    decide,
    ed,
    editor,
    essay,
    essay_policy,
    example,
    interview,
    preference,
    series,
    una,
)

__all__ = ["ed", "essay", "essay_policy", "example", "interview", "preference", "series", "una"]
pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def proposals(get: Get, walk: MailWalk) -> None:
    opus, _policy = get("opus"), get("policy")
    ed, second = (editor(person(name, staff=True)) for name in ("ed", "second"))
    decline = partial(proposal_actions.decline, reason="It isn't so.")
    for decision in (proposal_actions.accept, decline):
        proposal = editing.edit(opus, renaming(opus, f"Opus {decision!r:.9}"), by=ed, reason="So.")
        walk.go()
        decision(proposal, by=second)
        walk.go()


def essays_decided(get: Get, walk: MailWalk) -> None:
    series, ed = get("series"), get("ed")
    first, second, third = (an_essay(series, ed, title=f"On {n}") for n in ("a", "b", "c"))
    walk.go()
    decide(first, essay_votes.approve, get("rita"), get("sam"))
    decide(second, essay_votes.veto, get("rita"), get("sam"))
    walk.go()
    stage = third.stages.get()
    with at(stage.remind_at):
        stages.remind(stage.pk, now=timezone.now())
        walk.go()
    with at(stage.due_at):
        assert essay_votes.expire(stage.pk, now=timezone.now())
        walk.go()


def essay_deadlocked(get: Get, walk: MailWalk) -> None:
    essay = get("essay")
    walk.go()
    for name in ("rita", "sam"):
        essay_votes.recuse(essay.stages.get(), by=get(name), reason="I know it.")
    walk.go()


def preference_waits(get: Get, walk: MailWalk) -> None:
    preference, ed = get("preference"), get("ed")
    with at(preference.recorded_at + 30 * DAY):
        assert tasks.remind_of_preferences() == 1
        walk.go()
    decision = Decision("Example Lab", "Not yet.")
    preferences.defer(preference, by=ed, decision=decision, until=today() + 3 * DAY)
    with at(timezone.now() + 3 * DAY):
        assert tasks.resume_preferences() == 1
        walk.go()


def retires(get: Get, walk: MailWalk) -> None:
    example, ed = get("example"), get("ed")
    following.follow(example, by=get("alice"))
    first = retirement_edits.announce(
        example, "Example API", End(today() + 90 * DAY), by=ed, announced=today()
    )
    walk.go()
    retirement_edits.move_date(first, End(today() + 60 * DAY), by=ed)
    walk.go()
    with at(timezone.now() + 53 * DAY):
        tasks.tell_of_retirements()
        walk.go()
    with at(timezone.now() + 70 * DAY):
        retirement_edits.reopen(first, by=ed, on=timezone.now().date())
        walk.go()


def weights_kept(get: Get, walk: MailWalk) -> None:
    custody = WeightsCustody.objects.create(
        ai_model=get("example"),
        kept="the final weights",
        custodian="Example Lab",
        kept_while="Example Lab exists",
        responsible=get("ed"),
        check_every_days=90,
    )
    weights.record_check(custody, digest="sha256:" + "9f" * 32, on=today(), by=get("ed"))
    with at(timezone.now() + 91 * DAY):
        assert tasks.remind_of_weights_checks() == 1
        walk.go()
        other, on = "sha256:" + "ab" * 32, timezone.now().date()
        weights.record_check(custody, digest=other, on=on, by=get("ed"), reason="We don't know.")
        walk.go()


def promised(get: Get, walk: MailWalk) -> None:
    report = PromiseInput("report", "A report is kept.", "Example Lab", due_on=today())
    promises.add(get("example"), report, by=get("ed"), owner=get("alice"))
    with at(timezone.now() + 2 * DAY):
        assert tasks.remind_of_promises() == 1
        walk.go()


WALKS: Mapping[Walk, set[str]] = {
    proposals: {"proposal_made", "proposal_decided"},
    essays_decided: {
        "stage_opened",
        "stage_reminder",
        "stage_decided",
        "essay_published",
        "essay_vetoed",
        "essay_expired",
    },
    essay_deadlocked: {"stage_deadlocked"},
    preference_waits: {"preference_reminder", "preference_resumed"},
    retires: {f"retirement_{what}" for what in ("announced", "moved", "coming", "reopened")},
    weights_kept: {"weights_check_due", "weights_check_failed"},
    promised: {"promise_reminder"},
}


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_mail_has_one_link_that_its_reader_may_open(
    request: pytest.FixtureRequest, walk: Walk
) -> None:
    assert seen_on(walk, request.getfixturevalue) >= WALKS[walk]


def test_digest_has_one_link_that_its_reader_may_open(
    stage: Stage, opus: AIModel, bob: User, rita: User
) -> None:
    second = requests.save(ask_for(opus), by=bob, submit=True).stages.get()
    items = [
        mail_context.of_notice(notice)
        for each in (stage, second)
        for notice in Notice.objects.filter(event__subject=f"stage-{each.pk}", recipient=rita)
    ]
    assert len(items) == 2
    look_at("digest", {"person": rita, "items": items}, rita)


@pytest.mark.parametrize("is_superuser", [True, False])
def test_owner_of_a_token_may_open_the_link(alice: User, is_superuser: bool) -> None:
    alice.is_staff = alice.is_superuser = is_superuser
    alice.save()
    now = timezone.now()
    token = ServiceToken(owner=alice, name="usage", revoked_at=now, expires_at=now)
    token.last_four = "abcd"
    for mail in ("token_leaked", "token_expires"):
        look_at(mail, {"person": alice, "token": token}, alice)


def test_changed_address_may_be_signed_in_with(alice: User) -> None:
    """By anybody: nobody is signed in with it yet."""
    look_at("address_changed", {"old": "old@example.org", "new": alice.email}, None)
