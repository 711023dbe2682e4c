"""Who is told of a policy: its owners, and reviewers who come and go."""

from collections.abc import Iterable
from typing import Any

from lifecycle.people.models import User
from requests_app.models import Event, Policy, PolicyVersion, ReviewerInvitation
from requests_app.notices.audiences.access import users_of_the_model
from requests_app.rules.roles import publishers_of


def publishers(version: PolicyVersion, event: Event) -> Iterable[User]:
    """the policy's other owners who can publish the draft"""
    return publishers_of(version)


def changed_reviewer(policy: Policy, event: Event) -> Iterable[User]:
    """the person, once however many policies name the group"""
    if event.details["policies"][0] != policy.slug:
        return []
    return User.objects.filter(pk=event.details["person"], is_active=True)


def other_owners(policy: Policy, event: Event) -> Iterable[User]:
    """the owners of the policies that name the group, except the one who did it and the person"""
    slugs = event.details["policies"]
    told = Policy.objects.filter(slug__in=slugs[: slugs.index(policy.slug)]).values("owners")
    owners = User.objects.filter(groups=policy.owners_id, is_active=True)
    owners = owners.exclude(pk__in=[event.actor_id, event.details["person"]])
    return owners.exclude(groups__in=told).distinct()


def owners_once(row: Any, event: Event) -> Iterable[User]:
    """owners of the policies concerned, each once, except the person who did it"""
    return User.objects.filter(pk__in=event.details.get("owners", ()), is_active=True)


def owners_without_the_model(row: Any, event: Event) -> Iterable[User]:
    """the policy's other owners, if they have no access to the model themselves"""
    return set(owners_once(row, event)) - set(users_of_the_model(row, event))


def reviewer_inviter(invitation: ReviewerInvitation, event: Event) -> Iterable[User]:
    """the owner who sent it"""
    return [invitation.by] if invitation.by.is_active else []
