"""Break-glass: a named few, a day at most, told at once, looked at afterwards."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app import tasks
from requests_app.actions.keys import keys
from requests_app.actions.requests import requests
from requests_app.actions.review import break_glass, votes
from requests_app.models import (
    AccessRequest,
    BreakGlass,
    Delegation,
    Event,
    Grant,
    Notice,
    PolicyVersion,
    Stage,
)
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.transitions import audit_chain
from tests.conftest import ask_for, broken_by, person, signed
from tests.support import accepted_collaborators

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_grant_now_gives_a_day_at_once(in_review: AccessRequest, zoe: User, alice: User) -> None:
    grant = broken_by(zoe, in_review)
    in_review.refresh_from_db()
    assert (in_review.state, in_review.closed_by) == ("approved", zoe)
    assert [stage.state for stage in in_review.stages.all()] == ["closed"]
    assert (grant.state, grant.duration) == ("active", DAY)
    assert grant.activated_at == in_review.closed_at == grant.break_glass.at
    assert keys.claim(grant, by=alice).key.expires_at == grant.ends_at


def test_grant_now_gives_no_more_than_was_asked(
    in_review: AccessRequest, stage: Stage, zoe: User
) -> None:
    """A revision asks for whole days, so only a cut could ask for less."""
    before = stage.revision.scope()
    stage.revision.narrowings.create(
        by=zoe,
        at=timezone.now(),
        reason="Shorter.",
        identifiers=list(before.identifiers),
        operations=["messages"],
        duration=timedelta(hours=3),
    )
    grant = broken_by(zoe, in_review)
    assert (grant.duration, grant.operations) == (timedelta(hours=3), ["messages"])


def test_grant_now_begins_now_whatever_was_asked(
    in_review: AccessRequest, zoe: User, opus: AIModel, bob: User
) -> None:
    ask = ask_for(opus)
    later = replace(ask, starts_on=ask.starts_on + 9 * DAY)
    grant = broken_by(zoe, requests.save(later, by=bob, submit=True))
    assert grant.state == "active"
    assert grant.starts_at == grant.activated_at


def test_every_event_of_it_says_so(emergency_grant: BreakGlass) -> None:
    content = Event.objects.filter(details__break_glass=True).order_by("pk")
    assert [event.kind for event in content] == [
        "stage.closed",
        "request.approved",
        "grant.created",
        "grant.activated",
        "grant.break_glass",
    ]
    assert content[4].details["steps"] == ["Research review"]
    assert not list(audit_chain.problems())


def test_an_empty_list_means_nobody(
    in_review: AccessRequest, rita: User, pat: User, ada: User
) -> None:
    for somebody in (ada, rita, pat):
        with pytest.raises(NotAllowed, match="authorised for emergency access"):
            broken_by(somebody, in_review)
    assert not Grant.objects.exists()


def test_superusers_who_are_not_named_are_refused(
    in_review: AccessRequest, zoe: User, ada: User
) -> None:
    with pytest.raises(NotAllowed, match="authorised for emergency access"):
        broken_by(ada, in_review)


def test_who_is_named_must_be_in_good_standing_and_on_the_desk(
    in_review: AccessRequest, zoe: User
) -> None:
    for field, sentence in (
        ("is_staff", "authorised for emergency access"),
        ("is_active", "good standing"),
    ):
        User.objects.filter(pk=zoe.pk).update(**{field: False})
        with pytest.raises(NotAllowed, match=sentence):
            broken_by(User.objects.get(pk=zoe.pk), in_review)


def test_not_for_oneself(policy: Any, opus: AIModel, zoe: User) -> None:
    own = requests.save(ask_for(opus), by=zoe, submit=True)
    with pytest.raises(NotAllowed, match="your own request"):
        broken_by(zoe, own)


def test_not_as_a_collaborator(policy: Any, opus: AIModel, alice: User, zoe: User) -> None:
    ask = ask_for(opus)
    shared = type(ask)(**{**vars(ask), "collaborators": (zoe.email,)})
    access_request = accepted_collaborators.save(shared, by=alice, submit=True)
    with pytest.raises(NotAllowed, match="collaborator"):
        broken_by(zoe, access_request)


def test_not_for_a_colleague(draft: AccessRequest, alice: User, zoe: User) -> None:
    institute = Institution.objects.create(name="Institute")
    User.objects.filter(pk__in=(alice.pk, zoe.pk)).update(institution=institute)
    assert PolicyVersion.objects.get().institution_conflict
    in_review = requests.submit(draft, by=alice)
    with pytest.raises(NotAllowed, match="institution"):
        broken_by(User.objects.get(pk=zoe.pk), in_review)


def test_a_reason_is_needed_and_what_was_shown(in_review: AccessRequest, zoe: User) -> None:
    with pytest.raises(Invalid, match="Describe the emergency"):
        broken_by(zoe, in_review, reason=" ")
    with pytest.raises(WrongState, match="has changed"):
        broken_by(zoe, in_review, shown="something else")


def test_nothing_is_given_on_top_of_live_access(
    emergency_grant: BreakGlass, in_review: AccessRequest, opus: AIModel, zoe: User, rita: User
) -> None:
    break_glass.review(emergency_grant, by=rita, verdict="in_order", words="It was.")
    second = AccessRequest.objects.get(pk=in_review.pk)
    again = AccessRequest.objects.create(
        requester=second.requester,
        policy_version=second.policy_version,
        state="in_review",
        created_at=timezone.now(),
        submitted_at=timezone.now(),
    )
    text = again.revisions.create(starts_on=timezone.now(), ends_on=timezone.now() + 9 * DAY)
    text.ai_models.add(opus)
    with pytest.raises(WrongState, match="already"):
        broken_by(zoe, again)


def test_reviewers_of_the_skipped_steps_and_owners_are_told(
    emergency_grant: BreakGlass, rita: User, sam: User, pat: User, lee: User, alice: User
) -> None:
    told = Notice.objects.filter(template="break_glass_used").select_related("recipient")
    assert {notice.recipient for notice in told} == {rita, sam, pat, lee}
    assert not Notice.objects.filter(template="stage_decided").exists()
    tasks.send_notices()
    message = next(m for m in mail.outbox if m.to == [pat.email] and "Emergency" in m.subject)
    assert "Zoe granted Alice emergency access to Claude Opus 3" in message.body
    assert "A model is being abused." in message.body
    assert f"/admin/requests_app/breakglass/{emergency_grant.pk}/change/" in message.body
    assert alice.email in {m.to[0] for m in mail.outbox}


def test_a_delegate_who_was_asked_is_told(
    policy: Any, opus: AIModel, alice: User, zoe: User, rita: User, sam: User
) -> None:
    now, lou = timezone.now(), person("lou", staff=True)
    lou.groups.add(Group.objects.create(name="Elsewhere"))
    Delegation.objects.create(person=rita, delegate=lou, starts_at=now, ends_at=now + DAY)
    broken_by(zoe, requests.save(ask_for(opus), by=alice, submit=True))
    assert Notice.objects.filter(template="break_glass_used", recipient=lou).exists()


def test_vote_after_it_is_refused(emergency_grant: BreakGlass, stage: Stage, rita: User) -> None:
    with pytest.raises(WrongState, match="closed"):
        votes.approve(stage, by=rita, reason="Yes.", shown=stage.revision.digest())


def test_more_time_after_it_is_asked_for_like_any(
    emergency_grant: BreakGlass,
    alice: User,
    rita: User,
    approve: Callable[[AccessRequest, User], Grant],
) -> None:
    asked = requests.submit(signed(requests.extend(emergency_grant.grant, by=alice)), by=alice)
    assert (asked.state, asked.stages.get().state) == ("in_review", "open")
    assert not hasattr(approve(asked, rita), "break_glass")


def test_ordinary_grants_have_no_mark(
    in_review: AccessRequest, rita: User, approve: Callable[[AccessRequest, User], Grant]
) -> None:
    assert not hasattr(approve(in_review, rita), "break_glass")
