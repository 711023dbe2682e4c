"""Nobody's request is decided by a reviewer whom they put in the group that decides it."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.requests import requests
from requests_app.actions.review import desk_members, reviewer_invitations, votes
from requests_app.models import Event, Policy, Stage, Vote
from requests_app.refusals import NotAllowed
from requests_app.reports.review.reviewers import reviewer_statuses
from requests_app.rules.conflicts import REFUSALS, ConflictKind
from requests_app.rules.desk import inbox
from requests_app.rules.desk.vote_visibility import VoteVisibility
from requests_app.rules.eligibility import VotingPanel
from tests.conftest import ask_for, confirmed, person
from tests.support.concurrency import at_once
from tests.support.desk_client import seen, signed_in

pytestmark = pytest.mark.django_db

SENTENCE = str(REFUSALS[ConflictKind.ADDED_BY_REQUESTER])


@pytest.fixture
def nora(db: None) -> User:
    return confirmed(person("nora"))


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_superuser("ada@example.org", "", full_name="Ada")


def asked_by(requester: User, opus: AIModel) -> Stage:
    return requests.save(ask_for(opus), by=requester, submit=True).stages.get()


def is_barred(who: User, stage: Stage) -> bool:
    """As vote, inbox and the database say; they agree."""
    stage = Stage.objects.get(pk=stage.pk)
    answers = {
        VotingPanel(stage, timezone.now()).obstacle(who) == SENTENCE,
        stage not in inbox.waiting_for(who, timezone.now()),
        is_refused_by_the_database(who, stage),
    }
    assert len(answers) == 1
    return answers.pop()


def is_refused_by_the_database(who: User, stage: Stage) -> bool:
    row = Vote(stage=stage, seat=who, voter=who, choice="approve", reason="Mine.")
    row.cast_at = timezone.now()
    try:
        with transaction.atomic():
            row.save()
            transaction.set_rollback(True)
    except IntegrityError as error:
        return "barred otherwise" in str(error)
    return False


def test_requester_is_not_decided_on_by_whom_they_added(
    policy: Policy, opus: AIModel, reviewers: Group, pat: User, rita: User, nora: User
) -> None:
    desk_members.add(reviewers, nora, by=pat)
    stage = asked_by(pat, opus)
    assert is_barred(nora, stage)
    assert not is_barred(rita, stage)
    with pytest.raises(NotAllowed, match="made you a reviewer"):
        votes.approve(stage, by=nora, reason="Fine.", shown=stage.revision.digest())
    assert SENTENCE in seen(nora, stage.access_request)
    panel = VotingPanel(stage, timezone.now())
    told = reviewer_statuses(panel, VoteVisibility(rita, None, False), ())
    statuses = {line.person: line.status for line in told}
    assert statuses[nora] == "was made a reviewer of this policy by the requester"


def test_others_requests_are_theirs_to_decide(
    policy: Policy, opus: AIModel, reviewers: Group, pat: User, alice: User, nora: User
) -> None:
    desk_members.add(reviewers, nora, by=pat)
    assert not is_barred(nora, asked_by(alice, opus))


def test_invitation_by_mail_binds_whoever_sent_it(
    policy: Policy, opus: AIModel, reviewers: Group, pat: User, nora: User
) -> None:
    row = reviewer_invitations.invite(policy, reviewers, nora.email, by=pat)
    reviewer_invitations.accept(row, by=nora)
    assert is_barred(nora, asked_by(pat, opus))


def test_superuser_is_bound_by_the_page_of_people_too(
    policy: Policy, opus: AIModel, reviewers: Group, ada: User, nora: User
) -> None:
    form = {"email": nora.email, "full_name": "Nora", "is_active": "on", "is_staff": "on"}
    address = f"/admin/people/user/{nora.pk}/change/"
    assert signed_in(ada).post(address, {**form, "groups": [reviewers.pk]}).status_code == 302
    assert is_barred(nora, asked_by(ada, opus))
    signed_in(ada).post(address, {**form, "groups": []})
    kinds = policy.events.filter(kind__startswith="policy.reviewer", actor=ada)
    assert [event.kind for event in kinds] == ["policy.reviewer_added", "policy.reviewer_removed"]


def test_last_to_add_somebody_counts_and_only_groups_of_the_policy(
    policy: Policy, opus: AIModel, reviewers: Group, pat: User, lee: User, ada: User, nora: User
) -> None:
    desk_members.add(reviewers, nora, by=pat)
    desk_members.remove(reviewers, nora, by=lee)
    desk_members.add(reviewers, nora, by=lee)
    desk_members.note_groups(nora, nora.groups.all(), by=ada)  # changed nothing
    others = Group.objects.create(name="Others")
    nora.groups.add(others)
    desk_members.note_groups(nora, [reviewers], by=pat)  # no policy names these
    assert not is_barred(nora, asked_by(pat, opus))
    assert is_barred(nora, asked_by(lee, opus))


def test_approval_counts_no_more_once_the_requester_adds_its_voter(
    policy: Policy, opus: AIModel, reviewers: Group, ada: User, rita: User
) -> None:
    stage = asked_by(ada, opus)
    panel = VotingPanel(stage, timezone.now())
    panel.add(Vote(stage=stage, seat=rita, voter=rita, choice="approve"))
    assert panel.approvals == 1
    desk_members.remove(reviewers, rita, by=ada)
    desk_members.add(reviewers, confirmed(rita), by=ada)
    again = VotingPanel(stage, timezone.now())
    again.add(Vote(stage=stage, seat=rita, voter=rita, choice="approve"))
    assert again.approvals == 0


@pytest.mark.django_db(transaction=True)
def test_added_while_voting_is_no_way_in(
    policy: Policy, opus: AIModel, reviewers: Group, ada: User, rita: User, nora: User
) -> None:
    stage = asked_by(ada, opus)

    def approve() -> Any:
        return votes.approve(stage, by=nora, reason="Fine.", shown=stage.revision.digest())

    results = at_once(lambda: desk_members.add(reviewers, nora, by=ada), approve)
    assert [type(each).__name__ for each in results] == ["User", "NotAllowed"]
    assert Event.objects.filter(kind="policy.reviewer_added").count() == 1
    assert not Vote.objects.exists()
