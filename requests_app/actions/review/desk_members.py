"""Let people open the review desk as members of a group, and take them out of one."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app.actions.review import stages
from requests_app.actions.standing import access
from requests_app.models import Policy, Stage
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules.desk.reviewer_groups import ReviewerGroups
from requests_app.rules.eligibility import active_staff
from requests_app.rules.permissions import check_good_standing
from requests_app.transitions.people_locks import lock_person
from requests_app.transitions.policy_locks import lock_policy
from requests_app.transitions.transition import record_event

NOT_CONFIRMED = (
    "No account has confirmed this address. The person signs up and follows the link in the "
    "email; then add them."
)
NOT_ONESELF = "You can't add yourself. Ask another owner of the policy."
LAST_TO_DECIDE = (
    "An open step waits for %(group)s, and nobody else there can decide. "
    "Add another reviewer first."
)


@transaction.atomic
def enlist(person: User, group: Group) -> User:
    """Add the person to the group; steps that lacked reviewers are looked at again on commit.

    Raises NotAllowed for an account that isn't in good standing.
    """
    person = lock_person(person)
    check_good_standing(person)
    person.is_staff = True
    person.save(update_fields=["is_staff"])
    person.groups.add(group)
    _look_again(person)
    return person


@transaction.atomic
def add(group: Group, person: User, *, by: User) -> User:
    """Make somebody a reviewer who can open the desk; a second time changes nothing."""
    person = lock_person(person)
    policies = _locked_policies(group, by)
    if not addresses.verified(person):
        raise Invalid({"email": NOT_CONFIRMED})
    if person.pk == by.pk and not by.is_superuser:
        raise NotAllowed(NOT_ONESELF)
    if person.is_staff and person.groups.contains(group):
        return person
    person = enlist(person, group)
    _record("policy.reviewer_added", policies, group, person, by=by)
    return person


@transaction.atomic
def remove(group: Group, person: User, *, by: User) -> User:
    """Take a reviewer out of the group; what they have decided stays. Once is enough.

    Raises WrongState if a step would wait for nobody.
    """
    person = lock_person(person)
    policies = _locked_policies(group, by)
    if not person.groups.contains(group):
        return person
    if _is_waited_for(group) and _is_last_to_decide(person, group):
        raise WrongState(LAST_TO_DECIDE % {"group": group})
    person.groups.remove(group)
    _look_again(person, by=by)
    _record("policy.reviewer_removed", policies, group, person, by=by)
    return person


@transaction.atomic
def note_groups(person: User, before: Iterable[Group], *, by: User) -> User:
    """Record which groups of reviewers a superuser has put the person in, or taken them out of.

    Their groups are saved already.
    """
    person = lock_person(person)
    now, old = set(person.groups.all()), set(before)
    for kind, groups in (
        ("policy.reviewer_added", now - old),
        ("policy.reviewer_removed", old - now),
    ):
        for group in sorted(groups, key=lambda each: each.pk):
            named = ReviewerGroups([group]).policies[group.pk]
            _record(kind, [lock_policy(each.pk) for each in named], group, person, by=by)
    return person


def _is_waited_for(group: Group) -> bool:
    """Return whether an open step is the group's to decide."""
    called = Q(step__alternates=group, escalated_at__isnull=False)
    return Stage.objects.open().filter(Q(step__reviewers=group) | called).exists()


def _is_last_to_decide(person: User, group: Group) -> bool:
    able = set(active_staff().filter(groups=group).values_list("pk", flat=True))
    return able == {person.pk}


def _locked_policies(group: Group, by: User) -> list[Policy]:
    """Lock the policies that name the group, and check that `by` may change its members."""
    by = User.objects.get(pk=by.pk)  # as they are now, not as they were when the page was asked for
    check_good_standing(by)
    policies = [lock_policy(each.pk) for each in ReviewerGroups([group]).policies[group.pk]]
    if sentence := ReviewerGroups([group]).why_not_change(group, by):
        raise NotAllowed(sentence)
    return policies


def _look_again(person: User, *, by: User | None = None) -> None:
    access.recheck_person(person, by=by)
    transaction.on_commit(stages.recheck_all, robust=True)


def _record(kind: str, policies: list[Policy], group: Group, person: User, *, by: User) -> None:
    """Record the change under each policy that the group decides for."""
    details: dict[str, Any] = {
        "group": group.name,
        "group_id": group.pk,
        "person": str(person.pk),
        "policies": [policy.slug for policy in policies],
    }
    now = timezone.now()
    for policy in policies:
        record_event(policy, kind, by=by, at=now, details=details)
