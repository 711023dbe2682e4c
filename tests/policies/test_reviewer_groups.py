"""Owners add and remove the reviewers of their policies, and of nothing else."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail
from pytest_django import DjangoCaptureOnCommitCallbacks

from lifecycle.catalogue.editors import EDITORS
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app import tasks
from requests_app.actions import policies
from requests_app.actions.policies import StepInput, VersionInput
from requests_app.actions.requests import requests
from requests_app.actions.review import desk_members, votes
from requests_app.models import Event, Policy, Stage, Vote
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules.desk.reviewer_groups import ReviewerGroups
from requests_app.transitions import audit_chain
from tests.conftest import ask_for, confirmed, person
from tests.standing.conftest import Publish, lab, publish, text
from tests.support import accepted_collaborators
from tests.support.concurrency import at_once
from tests.support.desk_client import member
from tests.support.desk_client import publish as publish_steps

__all__ = ["lab", "publish", "text"]  # fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def new(db: None) -> User:
    return confirmed(person("nora"))


@pytest.fixture
def theirs(policy: Policy, reviewers: Group) -> Policy:
    """A draft of somebody else's policy that names the same group."""
    others = Group.objects.create(name="Other owners")
    olga = person("olga", staff=True)
    olga.groups.add(others)
    theirs = policies.create("theirs", by=olga, name="Theirs", owners=others, ai_models=[])
    policies.draft(theirs, VersionInput("", [StepInput("Look", reviewers)]), by=olga)
    return theirs


def kinds(policy: Policy) -> list[str]:
    rows = policy.events.filter(kind__startswith="policy.reviewer").order_by("sequence")
    return list(rows.values_list("kind", flat=True))


# Adding and removing ----------------------------------------------------------------------------


def test_add_lets_a_person_open_the_desk_as_a_reviewer_once(
    policy: Policy, reviewers: Group, pat: User, new: User
) -> None:
    for _ in range(2):
        added = desk_members.add(reviewers, new, by=pat)
        assert added.is_staff
        assert added.groups.contains(reviewers)
    assert kinds(policy) == ["policy.reviewer_added"]
    event = Event.objects.get(kind="policy.reviewer_added")
    assert event.details["person"] == str(new.pk)
    assert "Nora" not in str(event.details), "names are erased with their account"
    assert not list(audit_chain.problems())


def test_remove_takes_a_person_out_and_leaves_what_they_decided(
    policy: Policy, reviewers: Group, stage: Stage, pat: User, rita: User
) -> None:
    votes.deny(stage, by=rita, reason="No.", shown=stage.revision.digest())
    for _ in range(2):
        removed = desk_members.remove(reviewers, rita, by=pat)
        assert not removed.groups.contains(reviewers)
    assert kinds(policy) == ["policy.reviewer_removed"]
    assert Vote.objects.get().voter == rita


def test_person_and_other_owners_get_an_email(
    policy: Policy, reviewers: Group, pat: User, lee: User, new: User
) -> None:
    desk_members.add(reviewers, new, by=pat)
    tasks.send_notices()
    told = {sent.to[0]: sent for sent in mail.outbox}
    assert set(told) == {new.email, lee.email}
    assert told[new.email].subject == "You are a reviewer now: Opus reviewers"
    assert "under Opus 3" in told[new.email].body
    assert "Pat added Nora to Opus reviewers" in told[lee.email].body
    mail.outbox.clear()
    desk_members.remove(reviewers, new, by=lee)
    tasks.send_notices()
    told = {sent.to[0]: sent for sent in mail.outbox}
    assert set(told) == {new.email, pat.email}
    assert "What you have decided stays." in told[new.email].body


def test_person_hears_only_of_what_is_so_when_the_email_is_sent(
    policy: Policy, reviewers: Group, pat: User, new: User
) -> None:
    desk_members.add(reviewers, new, by=pat)
    desk_members.remove(reviewers, new, by=pat)
    tasks.send_notices()
    subjects = [sent.subject for sent in mail.outbox if sent.to == [new.email]]
    assert subjects == ["You are no longer a reviewer: Opus reviewers"]


def test_group_of_two_policies_is_recorded_under_both_and_told_once(
    policy: Policy, reviewers: Group, owners: Group, pat: User, lee: User, new: User
) -> None:
    second = policies.create("second", by=pat, name="Second", owners=owners, ai_models=[])
    policies.draft(second, VersionInput("", [StepInput("Look", reviewers)]), by=pat)
    desk_members.add(reviewers, new, by=pat)
    assert kinds(policy) == kinds(second) == ["policy.reviewer_added"]
    tasks.send_notices()
    assert sorted(sent.to[0] for sent in mail.outbox) == [lee.email, new.email]
    (sent,) = (sent for sent in mail.outbox if sent.to == [new.email])
    assert "under Opus 3, Second" in sent.body


def test_open_steps_hear_of_it_at_once(
    stage: Stage, reviewers: Group, pat: User, new: User, rita: User, sam: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        desk_members.remove(reviewers, rita, by=pat)
        votes.recuse(stage, by=sam, reason="A friend.")
    assert Stage.objects.exclude(deadlocked_at=None).exists()
    with django_capture_on_commit_callbacks(execute=True):
        desk_members.add(reviewers, new, by=pat)
    assert not Stage.objects.exclude(deadlocked_at=None).exists()
    assert stage.access_request.events.filter(kind="stage.joined").exists()


def test_last_who_can_decide_stays_while_a_step_waits_for_them(
    stage: Stage, reviewers: Group, pat: User, new: User, rita: User, sam: User
) -> None:
    User.objects.filter(pk=sam.pk).update(is_staff=False)
    with pytest.raises(WrongState, match="Add another reviewer first"):
        desk_members.remove(reviewers, rita, by=pat)
    assert not desk_members.remove(reviewers, sam, by=pat).groups.exists()
    desk_members.add(reviewers, new, by=pat)
    desk_members.remove(reviewers, rita, by=pat)
    votes.approve(stage, by=new, reason="Sound.", shown=stage.revision.digest())
    assert not desk_members.remove(reviewers, new, by=pat).groups.exists()  # nothing waits


def test_last_alternate_goes_until_they_are_called(
    opus: AIModel, reviewers: Group, owners: Group, alice: User,
    pat: User, lee: User, rita: User, new: User,
) -> None:  # fmt: skip
    alternates = Group.objects.create(name="Alternates")
    mia = member("mia", alternates)
    step = StepInput("Review", reviewers, alternates=alternates)
    publish_steps(step, by=(pat, lee), owners=owners, ai_models=[opus])
    stage = requests.save(ask_for(opus), by=alice, submit=True).stages.get()
    desk_members.remove(alternates, mia, by=pat)
    desk_members.add(alternates, new, by=pat)
    Stage.objects.filter(pk=stage.pk).update(escalated_at=stage.opened_at)
    with pytest.raises(WrongState):
        desk_members.remove(alternates, new, by=pat)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_the_last_two_at_once_leave_one(
    stage: Stage, reviewers: Group, pat: User, lee: User, rita: User, sam: User
) -> None:
    results = at_once(
        lambda: desk_members.remove(reviewers, rita, by=pat),
        lambda: desk_members.remove(reviewers, sam, by=lee),
    )
    assert sorted(type(each).__name__ for each in results) == ["User", "WrongState"]
    assert reviewers.user_set.count() == 1


# Who may ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["rita", "eve", "new"])
def test_only_owners_change_a_group(
    request: pytest.FixtureRequest, policy: Policy, reviewers: Group, new: User, who: str
) -> None:
    by = request.getfixturevalue(who)
    for act in (desk_members.add, desk_members.remove):
        with pytest.raises(NotAllowed, match="Only the owners of a policy that names this group"):
            act(reviewers, new, by=by)
    new.refresh_from_db()
    assert not new.is_staff
    assert kinds(policy) == []


def test_owner_changes_no_group_that_their_policies_do_not_name(
    policy: Policy, pat: User, new: User
) -> None:
    other = Group.objects.create(name="Elsewhere")
    with pytest.raises(NotAllowed):
        desk_members.add(other, new, by=pat)


def test_group_of_another_policy_too_needs_an_owner_of_both_or_a_superuser(
    policy: Policy, theirs: Policy, reviewers: Group, pat: User, new: User
) -> None:
    with pytest.raises(NotAllowed, match="named by other policies, too: Theirs"):
        desk_members.add(reviewers, new, by=pat)
    with pytest.raises(NotAllowed, match="named by other policies, too: Opus 3"):
        desk_members.add(reviewers, new, by=User.objects.get(email="olga@example.org"))
    pat.groups.add(theirs.owners)
    desk_members.add(reviewers, new, by=pat)
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    desk_members.remove(reviewers, new, by=ada)
    assert kinds(policy) == kinds(theirs) == ["policy.reviewer_added", "policy.reviewer_removed"]


def owns(group: Group, publish: Publish) -> None:
    Policy.objects.update(owners=group)
    User.objects.get(email="pat@example.org").groups.add(group)


MORE: dict[str, Any] = {
    "owners": owns,
    "editors": lambda group, _: Group.objects.filter(pk=group.pk).update(name=EDITORS),
    "rights": lambda group, _: group.permissions.add(Permission.objects.earliest("pk")),
    "a standing rule": lambda group, publish: publish(name="Reviewers", group=group),
}


@pytest.mark.parametrize("kind", MORE)
def test_group_that_does_more_than_review_is_changed_by_superusers(
    publish: Publish, reviewers: Group, pat: User, new: User, kind: str
) -> None:
    """Or an owner could name the catalogue's editors in a draft, and become one."""
    MORE[kind](reviewers, publish)
    reviewers.refresh_from_db()
    with pytest.raises(NotAllowed, match="does more than review"):
        desk_members.add(reviewers, new, by=pat)
    ada = User.objects.create_superuser("ada@example.org", "", full_name="Ada")
    assert desk_members.add(reviewers, new, by=ada).groups.contains(reviewers)


def test_nobody_makes_themselves_a_reviewer(
    policy: Policy, reviewers: Group, pat: User, lee: User
) -> None:
    confirmed(pat)
    with pytest.raises(NotAllowed, match="You can't add yourself"):
        desk_members.add(reviewers, pat, by=pat)
    desk_members.add(reviewers, pat, by=lee)
    assert not desk_members.remove(reviewers, pat, by=pat).groups.contains(reviewers)


def test_add_refuses_a_closed_account_and_an_unconfirmed_address(
    policy: Policy, reviewers: Group, pat: User, new: User, eve: User
) -> None:
    with pytest.raises(Invalid, match="No account has confirmed this address"):
        desk_members.add(reviewers, eve, by=pat)
    User.objects.filter(pk=new.pk).update(is_active=False)
    with pytest.raises(NotAllowed, match="not in good standing"):
        desk_members.add(reviewers, new, by=pat)
    assert kinds(policy) == []


@pytest.mark.parametrize("part", ["requester", "collaborator"])
def test_owner_with_a_part_in_a_request_leaves_its_reviewers_to_the_others(
    policy: Policy, reviewers: Group, opus: AIModel, alice: User, pat: User, lee: User, rita: User,
    new: User, part: str,
) -> None:  # fmt: skip
    """Or they could send a friend to decide it, and those away who would decline."""
    by, other = (pat, alice) if part == "requester" else (alice, pat)
    ask = replace(ask_for(opus), collaborators=(confirmed(other).email,))
    row = accepted_collaborators.save(ask, by=by)
    row = requests.submit(row, by=by)
    for change, person_ in ((desk_members.add, new), (desk_members.remove, rita)):
        with pytest.raises(NotAllowed, match="You take part in a request"):
            change(reviewers, person_, by=pat)
    assert desk_members.add(reviewers, new, by=lee).is_staff
    requests.withdraw(row, by=by)
    assert not desk_members.remove(reviewers, rita, by=pat).groups.contains(reviewers)


def test_owner_whose_account_was_closed_meanwhile_changes_nothing(
    policy: Policy, reviewers: Group, pat: User, new: User
) -> None:
    User.objects.filter(pk=pat.pk).update(is_active=False)
    with pytest.raises(NotAllowed, match="not in good standing"):
        desk_members.add(reviewers, new, by=pat)


def test_closed_account_can_be_taken_out(
    policy: Policy, reviewers: Group, pat: User, sam: User
) -> None:
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert not desk_members.remove(reviewers, sam, by=pat).groups.contains(reviewers)


@pytest.mark.parametrize("count", [1, 20])
def test_rule_takes_the_same_queries_for_any_number_of_groups(
    policy: Policy, pat: User, count: int, django_assert_max_num_queries: Any
) -> None:
    groups = [Group.objects.create(name=f"Group {place}") for place in range(count)]
    steps = [StepInput(group.name, group) for group in groups]
    policies.draft(policy, VersionInput("", steps), by=pat)
    with django_assert_max_num_queries(5):  # pat's own groups among them
        rules = ReviewerGroups(groups)
        assert not any(rules.why_not_change(group, pat) for group in groups)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_add_one_person_at_once_record_it_once(
    policy: Policy, reviewers: Group, pat: User, lee: User, new: User
) -> None:
    results = at_once(
        lambda: desk_members.add(reviewers, new, by=pat),
        lambda: desk_members.add(reviewers, new, by=lee),
    )
    assert results == [new, new]
    assert kinds(policy) == ["policy.reviewer_added"]
