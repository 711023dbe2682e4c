"""Who is told of a request: its requester, collaborators, invited people, and owners."""

from collections.abc import Iterable
from typing import Any

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Event, Invitation, ReviewerInvitation
from requests_app.notices.audiences.review import asked_before
from requests_app.rules.roles import owner_ids


def requester(row: Any, event: Event) -> Iterable[User]:
    """the requester"""
    return [row.requester]


def requester_alone(row: Any, event: Event) -> Iterable[User]:
    """the requester, unless all their access ended in one action"""
    # A bulk revocation notifies each person once, by `access.ended`.
    return [] if "receipt" in event.details else [row.requester]


def people_who_joined(access_request: AccessRequest, event: Event) -> Iterable[User]:
    """the collaborators of the request"""
    sent = access_request.revisions.exclude(submitted_at=None).order_by("number").last()
    texts = {access_request.revision, sent} - {None}
    return User.objects.filter(collaborations__in=texts, is_active=True).distinct()


def owners_of_withdrawn(access_request: AccessRequest, event: Event) -> Iterable[User]:
    """the policy's owners, if it had been sent and they weren't asked to decide it"""
    if "receipt" in event.details or not access_request.submitted_at:
        return []
    stages = access_request.stages.filter(closed_at=event.at)
    asked = {person.pk for stage in stages for person in asked_before(stage)}
    policy = access_request.policy_version.policy
    owners = owner_ids([policy])[policy.pk]
    return User.objects.filter(pk__in=owners - asked - {access_request.requester_id})


def owners_apart(access_request: AccessRequest, event: Event) -> Iterable[User]:
    """the policy's owners, except those who take part in the request"""
    owners = User.objects.filter(
        groups=access_request.policy_version.policy.owners_id, is_active=True
    )
    return owners.exclude(pk__in=[access_request.requester_id, *event.details["people"]])


def invited(invitation: Invitation | ReviewerInvitation, event: Event) -> Iterable[str]:
    """the invited address, whether or not it has an account"""
    return [invitation.email]


def inviter(invitation: Invitation, event: Event) -> Iterable[User]:
    """the requester"""
    return [invitation.access_request.requester]


def withdrawn_invitee(invitation: Invitation, event: Event) -> Iterable[User]:
    """the person who had accepted it"""
    return [invitation.person] if invitation.person else []
