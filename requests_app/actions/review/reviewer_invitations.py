"""Invite reviewers by email into a group that decides under a policy.

Nothing here looks up whether an address has an account, so the answer can't reveal it.
"""

from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app import clock
from requests_app.actions.requests.invitations import (
    MAX_MAILS,
    MAX_PER_DAY,
    MIN_RESEND_INTERVAL,
    readable_address,
)
from requests_app.actions.review import desk_members
from requests_app.models import Policy, PolicyStep, ReviewerInvitation
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules.desk.reviewer_groups import ReviewerGroups
from requests_app.rules.permissions import check, check_good_standing
from requests_app.states import ReviewerInvitationState
from requests_app.transitions.people_locks import lock_person
from requests_app.transitions.policy_locks import lock_policy, lock_reviewer_invitation
from requests_app.transitions.transition import move, record_event


@transaction.atomic
def invite(policy: Policy, group: Group, email: str, *, by: User) -> ReviewerInvitation:
    """Email `email` an invitation into the group. Raises Invalid with a sentence for `email`."""
    by = lock_person(by)  # the daily limit counts all of their invitations
    return _invite(lock_policy(policy.pk), group, email, by=by, now=timezone.now())


@transaction.atomic
def send_again(invitation: ReviewerInvitation, *, by: User) -> ReviewerInvitation:
    """Replace an invitation by a new one to the same address: the link sent before is dead.

    The new one is `by`'s, under the limits of every invitation.
    """
    by = lock_person(by)
    old = lock_reviewer_invitation(invitation.pk)
    now = timezone.now()
    check("send_again", old, by)
    if now < old.sent_at + MIN_RESEND_INTERVAL:
        raise WrongState(_("We've only just sent an email. Wait a few minutes."))
    _close(old, "withdraw", by=by)
    # Read again: that event has moved the head of the policy's chain.
    return _invite(lock_policy(old.policy_id), old.group, old.email, by=by, now=now)


def _invite(
    policy: Policy, group: Group, email: str, *, by: User, now: datetime
) -> ReviewerInvitation:
    """Invite under the locks of both."""
    check_good_standing(by)
    if sentence := why_not_invite(policy, group, by):
        raise NotAllowed(sentence)
    email = readable_address(email)
    _check_new(group, email, by=by, now=now)
    invitation = ReviewerInvitation.objects.create(
        policy=policy,
        group=group,
        email=email,
        by=by,
        sent_at=now,
        expires_at=clock.invitation_ends(now),
    )
    record_event(invitation, "reviewer_invitation.sent", by=by, at=now, details=_about(group))
    return invitation


def why_not_invite(policy: Policy, group: Group, by: User) -> str | None:
    """Return the sentence that refuses to invite into this group; None if `by` may."""
    groups = ReviewerGroups([group])
    if policy not in groups.policies[group.pk]:
        return "This policy doesn't name the group."
    return groups.why_not_change(group, by)


def _about(group: Group) -> dict[str, str | int]:
    """Name the group but no address, which can be erased, while events can't."""
    return {"group": group.name, "group_id": group.pk}


def _check_new(group: Group, email: str, *, by: User, now: datetime) -> None:
    since = now - timedelta(days=1)
    mine = ReviewerInvitation.objects.filter(by=by, sent_at__gt=since)
    waiting = ReviewerInvitation.objects.filter(state=ReviewerInvitationState.WAITING)
    if email in {by.email, *addresses.verified(by)}:
        sentence = desk_members.NOT_ONESELF
    elif group.user_set.filter(email=email).exists():
        sentence = f"{email} is already in {group}."
    elif waiting.filter(group=group, email=email).exists():
        sentence = f"{email} is already invited into {group}."
    elif mine.count() >= MAX_PER_DAY:
        sentence = _("You've reached today's limit for invitations. Try again tomorrow.")
    elif mine.filter(email=email).count() >= MAX_MAILS:
        sentence = (
            _("We've already sent %d emails to this address. Contact them another way.") % MAX_MAILS
        )
    else:
        return
    raise Invalid({"email": sentence})


@transaction.atomic
def accept(invitation: ReviewerInvitation, *, by: User) -> ReviewerInvitation:
    """Join the group and open the review desk, while the person who invited may still add them."""
    by = lock_person(by)
    _lock_policies(invitation)
    invitation = lock_reviewer_invitation(invitation.pk)
    now = timezone.now()
    check("accept", invitation, by)
    if sentence := why_closed(invitation, now=now):
        raise WrongState(sentence)
    desk_members.add(invitation.group, by, by=invitation.by)
    # Read again: that event has moved the head of the policy's chain.
    invitation = lock_reviewer_invitation(invitation.pk)
    details = _about(invitation.group)
    move(invitation, "accept", by=by, at=now, details=details, person=by, closed_at=now)
    return invitation


def _lock_policies(invitation: ReviewerInvitation) -> None:
    """Lock every policy that names the group, in order, as adding somebody to it does."""
    group = invitation.group_id
    steps = PolicyStep.objects.filter(Q(reviewers=group) | Q(alternates=group))
    named = set(steps.values_list("version__policy", flat=True))
    for policy in sorted(named | {invitation.policy_id}):
        lock_policy(policy)


def why_closed(invitation: ReviewerInvitation, *, now: datetime) -> str:
    """Return why a pending invitation can't be accepted at `now`; empty if it can."""
    if invitation.expires_at <= now:
        return _("This invitation has expired. Ask for a new one.")
    by, group = invitation.by, invitation.group
    if not by.is_active or why_not_invite(invitation.policy, group, by):
        return _("The person who invited you can no longer add reviewers. Ask for a new one.")
    return ""


@transaction.atomic
def decline(invitation: ReviewerInvitation, *, by: User) -> ReviewerInvitation:
    return _close(invitation, "decline", by=by)


@transaction.atomic
def withdraw(invitation: ReviewerInvitation, *, by: User) -> ReviewerInvitation:
    """Take an invitation back; any owner of the policy can."""
    return _close(invitation, "withdraw", by=by)


def _close(invitation: ReviewerInvitation, action: str, *, by: User) -> ReviewerInvitation:
    invitation = lock_reviewer_invitation(invitation.pk)
    now = timezone.now()
    check(action, invitation, by)
    move(invitation, action, by=by, at=now, details=_about(invitation.group), closed_at=now)
    return invitation


@transaction.atomic
def lapse(invitation_id: int, *, now: datetime) -> bool:
    """End an expired invitation; False otherwise."""
    invitation = lock_reviewer_invitation(invitation_id)
    if not ReviewerInvitation.objects.due_for_end(now).filter(pk=invitation.pk).exists():
        return False
    move(invitation, "lapse", by=None, at=now, details=_about(invitation.group), closed_at=now)
    return True
