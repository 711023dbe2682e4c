"""Each mail about a request has one link, in both languages, which its reader may open."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.people.models import Institution, User
from requests_app import tasks
from requests_app.actions import policies
from requests_app.actions.requests import invitations, requests
from requests_app.actions.review import (
    delegations,
    desk_members,
    reassignments,
    reviewer_invitations,
    stages,
    votes,
)
from requests_app.actions.review.comments import comment
from requests_app.notices.registry import RULES_BY_TEMPLATE
from requests_app.validation.policy_version import version_input_of
from tests.conftest import ask_for, confirmed, person
from tests.notices import test_every_mail_of_access as of_access
from tests.notices import test_every_mail_of_the_register as of_register
from tests.notices.test_contradicting_mails import ask_back, say_no
from tests.support import accepted_collaborators
from tests.support.desk_client import member, publish_next
from tests.support.mail_walk import Get, MailWalk, Walk, at, passed, seen_on, shared

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def publish_steps(get: Get, *steps: policies.StepInput) -> None:
    publish_next(get("policy"), by=(get("pat"), get("lee")), steps=steps)


def narrowed_and_passed(get: Get, walk: MailWalk) -> None:
    get("policy")
    step = policies.StepInput("Safety", get("reviewers"), 2)
    publish_steps(get, step)
    row = requests.save(ask_for(get("opus")), by=get("alice"), submit=True)
    walk.go()
    passed(row, get("rita"), duration=9 * DAY)
    walk.go()
    passed(row, get("sam"))
    walk.go()


def returned(get: Get, walk: MailWalk) -> None:
    row = get("in_review")
    walk.go()
    ask_back(row, get("rita"))
    walk.go()


def denied(get: Get, walk: MailWalk) -> None:
    get("policy")
    say_no(shared(get), get("rita"))
    walk.go()


def appealed(get: Get, walk: MailWalk) -> None:
    row = get("in_review")
    say_no(row, get("rita"))
    walk.go()
    appeal = requests.appeal(row, by=get("alice"), reason="You have misread it.")
    walk.go()
    say_no(appeal, get("sam"))
    walk.go()


def expired(get: Get, walk: MailWalk) -> None:
    get("policy")
    stage = shared(get).stages.get()
    walk.go()
    with at(stage.due_at):
        assert votes.expire(stage.pk, now=timezone.now())
        walk.go()


def withdrawn(get: Get, walk: MailWalk) -> None:
    get("policy")
    row = shared(get)
    walk.go()
    requests.withdraw(row, by=get("alice"))
    walk.go()


def barred(get: Get, walk: MailWalk) -> None:
    get("policy")
    User.objects.filter(email="rita@example.org").update(
        institution=Institution.objects.create(name="Oslo")
    )
    asked = replace(ask_for(get("opus")), collaborators=(get("sam").email,), organisation="Oslo")
    member("tom", get("reviewers"))
    accepted_collaborators.save(asked, by=get("alice"), submit=True)
    walk.go()


def invited(get: Get, walk: MailWalk) -> None:
    draft, alice = get("draft"), get("alice")
    for name in ("bob", "eve"):
        confirmed(get(name))
        invitation = invitations.invite(draft, f"{name}@example.org", by=alice)
        walk.go()
        invitations.accept(invitation, by=get(name), terms=1)
        walk.go()
        if name == "bob":
            invitations.withdraw(invitation, by=alice)
        else:
            invitations.decline(invitation, by=get(name))
        walk.go()
    invitations.invite(draft, "new@example.org", by=alice)
    walk.go()


def stuck(get: Get, walk: MailWalk) -> None:
    """Reminded, without enough reviewers, and with enough again."""
    get("policy")
    publish_steps(get, policies.StepInput("Safety", get("reviewers"), 2))
    stage = requests.save(ask_for(get("opus")), by=get("alice"), submit=True).stages.get()
    walk.go()
    with at(stage.remind_at):
        stages.remind(stage.pk, now=timezone.now())
        walk.go()
        votes.recuse(stage, by=get("sam"), reason="A friend.")
        walk.go()
    with at(stage.remind_at + DAY):
        member("tom", get("reviewers"))
        tasks.recheck_stages()
        walk.go()


def called(get: Get, walk: MailWalk) -> None:
    get("policy")
    others = Group.objects.create(name="Directors")
    member("dora", others)
    publish_steps(get, policies.StepInput("Safety", get("reviewers"), alternates=others))
    stage = requests.save(ask_for(get("opus")), by=get("alice"), submit=True).stages.get()
    with at(stage.escalate_at):
        assert stages.escalate(stage.pk, now=timezone.now())
        walk.go()


def of_policies(get: Get, walk: MailWalk) -> None:
    policy, pat = get("policy"), get("pat")
    draft = policies.draft(policy, version_input_of(policy.current), by=pat)
    policies.ask_to_publish(draft, by=pat)
    walk.go()


def of_reviewers(get: Get, walk: MailWalk) -> None:
    get("policy")
    new = confirmed(person("nora"))
    desk_members.add(get("reviewers"), new, by=get("pat"))
    walk.go()
    desk_members.remove(get("reviewers"), new, by=get("lee"))
    walk.go()


def invited_to_review(get: Get, walk: MailWalk) -> None:
    policy, group, nora = get("policy"), get("reviewers"), confirmed(person("nora"))
    for answer in (reviewer_invitations.decline, reviewer_invitations.accept):
        row = reviewer_invitations.invite(policy, group, nora.email, by=get("pat"))
        walk.go()
        answer(row, by=nora)
        walk.go()


def commented(get: Get, walk: MailWalk) -> None:
    row = get("in_review")
    for to_all in (False, True):
        comment(row, by=get("rita"), text=f"Read it: {to_all}.", shown_to_requester=to_all)
    walk.go()


def lent(get: Get, walk: MailWalk) -> None:
    """A seat for some days, then while its owner is away, and at last for one step."""
    rita, sam, others = get("rita"), get("sam"), Group.objects.create(name="Safety")
    kim = member("kim", others)
    get("policy")
    steps = (get("reviewers"), others)
    publish_steps(get, *(policies.StepInput(group.name, group) for group in steps))
    until = timezone.now() + 9 * DAY
    for lend in (
        partial(delegations.delegate, sam, by=rita, starts_at=timezone.now(), ends_at=until),
        partial(delegations.set_away, by=rita, until=until, to=sam, reason="Holidays."),
    ):
        lending = lend()
        walk.go()
        delegations.end(lending, by=rita)
        walk.go()
    stage = requests.save(ask_for(get("opus")), by=get("alice"), submit=True).stages.open().get()
    reassignments.reassign(stage, seat=rita, to=kim, by=get("pat"), reason="She is ill.")
    walk.go()


WALKS: Mapping[Walk, set[str]] = {
    narrowed_and_passed: {
        "request_received",
        "stage_opened",
        "request_narrowed",
        "request_approved",
    },
    returned: {"request_returned", "stage_decided"},
    denied: {"request_denied", "joined_closed"},
    appealed: {"request_denied", "request_received", "stage_opened"},
    expired: {"request_expired", "joined_closed", "stage_decided"},
    withdrawn: {"request_withdrawn", "joined_closed", "owners_request_withdrawn"},
    barred: {"reviewers_take_part", "reviewers_barred"},
    invited: {"invited", "invitation_accepted", "invitation_declined", "invitation_withdrawn"},
    stuck: {
        "stage_reminder",
        "stage_deadlocked",
        "request_deadlocked",
        "request_unlocked",
        "stage_joined",
        "stage_moved",
    },
    called: {"stage_called"},
    of_policies: {"draft_waits"},
    of_reviewers: {"reviewer_added", "reviewer_removed", "reviewers_changed"},
    invited_to_review: {"reviewer_invited", "reviewer_invitation_answered"},
    lent: {"seat_lent", "seat_returned", "step_reassigned"},
    commented: {"comment_written", "comment_shared"},
}


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_mail_has_one_link_that_its_reader_may_open(
    request: pytest.FixtureRequest, walk: Walk
) -> None:
    assert seen_on(walk, request.getfixturevalue) >= WALKS[walk]


def test_every_mail_is_looked_at() -> None:
    walks = (each for one in (WALKS, of_access.WALKS, of_register.WALKS) for each in one.values())
    assert set().union(*walks) == set(RULES_BY_TEMPLATE)
