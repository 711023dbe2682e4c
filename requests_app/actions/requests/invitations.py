"""Invite collaborators by email: invite, resend, accept, decline, withdraw, expire.

Nothing here looks up whether an address has an account, so the answer can't reveal it.
"""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app import clock
from requests_app.actions.requests.drafts import editable_revision
from requests_app.models import AccessRequest, Invitation, PolicyVersion, Revision
from requests_app.refusals import Invalid, WrongState
from requests_app.rules.permissions import check
from requests_app.states import InvitationState
from requests_app.transitions.locks import lock_invitation, lock_request
from requests_app.transitions.people_locks import lock_person
from requests_app.transitions.transition import move, record_event
from requests_app.validation.submission import MAX_COLLABORATORS

MAX_PER_DAY = 40  # new invitations by one person, on all their requests
MAX_MAILS = 3  # to one address by one person, per day and per invitation
MIN_RESEND_INTERVAL = timedelta(minutes=10)


@transaction.atomic
def invite(
    access_request: AccessRequest,
    email: str,
    *,
    by: User,
    shows_purpose: bool = False,
    may_edit: bool = False,
) -> Invitation:
    """Email `email` an invitation to join the draft. Raises Invalid with a sentence for `email`.

    With `shows_purpose` they read it before they accept, and with `may_edit` they may edit the
    draft after that.
    """
    # The daily limit counts all of their requests, so the request's lock isn't enough.
    by = lock_person(by)
    access_request = lock_request(access_request.pk)
    now = timezone.now()
    check("edit", access_request, by)
    email = readable_address(email)
    _check_new(access_request, email, by=by, now=now)
    invitation = Invitation.objects.create(
        access_request=access_request,
        email=email,
        shows_purpose=shows_purpose,
        may_edit=may_edit,
        created_at=now,
        sent_at=now,
        expires_at=clock.invitation_ends(now),
    )
    record_event(invitation, "invitation.sent", by=by, at=now, details={})
    return invitation


def readable_address(email: str) -> str:
    """Return the stored form of an address. Raises Invalid with a sentence for `email`."""
    try:
        return addresses.cleaned(email)
    except ValidationError as error:
        raise Invalid({"email": str(error.message)}) from None


def _check_new(access_request: AccessRequest, email: str, *, by: User, now: datetime) -> None:
    there = {person.email for person in access_request.revision.collaborators.all()}
    invited = access_request.invitations.standing()
    waiting = set(invited.exclude(state="accepted").values_list("email", flat=True))
    if email in {by.email, *addresses.verified(by)}:
        sentence = _("You are already part of this request. Invite other people only.")
    elif email in there or invited.filter(email=email).exists():
        sentence = _("%s is already on the list.") % email
    elif len(there) + len(waiting) >= MAX_COLLABORATORS:
        sentence = _("A request can have %d people at most.") % MAX_COLLABORATORS
    elif _begun_by(by, since=now - timedelta(days=1)) >= MAX_PER_DAY:
        sentence = _("You've reached today's limit for invitations. Try again tomorrow.")
    elif _mails_to(email, by=by, since=now - timedelta(days=1)) >= MAX_MAILS:
        sentence = (
            _("We've already sent %d emails to this address. Contact them another way.") % MAX_MAILS
        )
    else:
        return
    raise Invalid({"email": sentence})


def _begun_by(person: User, *, since: datetime) -> int:
    mine = Invitation.objects.filter(access_request__requester=person)
    return mine.filter(created_at__gt=since).count()


def _mails_to(email: str, *, by: User, since: datetime) -> int:
    """Count emails to this address, withdrawn invitations included: inviting anew adds none."""
    mine = Invitation.objects.filter(access_request__requester=by, email=email)
    return mine.filter(created_at__gt=since).aggregate(all=Sum("sends"))["all"] or 0


@transaction.atomic
def send_again(invitation: Invitation, *, by: User) -> Invitation:
    """Send the invitation once more and restart the time to accept it."""
    invitation = lock_invitation(invitation.pk)
    now = timezone.now()
    check("send_again", invitation, by)
    if invitation.sends >= MAX_MAILS:
        raise WrongState(
            _("We've already sent %d emails to this address. Contact them another way.") % MAX_MAILS
        )
    if now < invitation.sent_at + MIN_RESEND_INTERVAL:
        raise WrongState(_("We've only just sent an email. Wait a few minutes."))
    invitation.sends += 1
    invitation.sent_at, invitation.expires_at = now, clock.invitation_ends(now)
    invitation.save(update_fields=["sends", "sent_at", "expires_at"])
    record_event(invitation, "invitation.sent_again", by=by, at=now, details={})
    return invitation


@transaction.atomic
def allow(invitation: Invitation, *, by: User, shows_purpose: bool, may_edit: bool) -> Invitation:
    """Say anew what an invited person or collaborator may see and do."""
    invitation = lock_invitation(invitation.pk)
    now = timezone.now()
    check("allow", invitation, by)
    check("edit", invitation.access_request, by)
    if (shows_purpose, may_edit) != (invitation.shows_purpose, invitation.may_edit):
        invitation.shows_purpose, invitation.may_edit = shows_purpose, may_edit
        invitation.save(update_fields=["shows_purpose", "may_edit"])
        details = {"shows_purpose": shows_purpose, "may_edit": may_edit}
        record_event(invitation, "invitation.changed", by=by, at=now, details=details)
    return invitation


@transaction.atomic
def accept(invitation: Invitation, *, by: User, terms: int | None) -> Invitation:
    """Join the draft and accept the terms of version number `terms`, which was shown."""
    invitation = lock_invitation(invitation.pk)
    now = timezone.now()
    check("accept", invitation, by)
    access_request = invitation.access_request
    version = access_request.policy_version
    _check_open(invitation, version, terms=terms, now=now)
    revision = editable_revision(access_request)
    revision.collaborators.add(by)
    details = {"person": str(by.pk), "policy": str(version)}
    details |= {"revision": str(revision.number), "digest": revision.digest()}
    move(
        invitation,
        "accept",
        by=by,
        at=now,
        details=details,
        person=by,
        accepted_at=now,
        policy_version=version,
    )
    return invitation


def _check_open(
    invitation: Invitation, version: PolicyVersion, *, terms: int | None, now: datetime
) -> None:
    if sentence := why_closed(invitation, now=now):
        raise WrongState(sentence)
    if terms != version.number:
        raise WrongState(_("The terms have changed since you opened this page. Read them again."))


def why_closed(invitation: Invitation, *, now: datetime) -> str:
    """Return why nobody can accept the invitation at `now`; empty if they can."""
    if not invitation.access_request.is_written:
        return _("This request can no longer be joined.")
    if invitation.state == InvitationState.WAITING and invitation.expires_at <= now:
        return _("This invitation has expired. Ask for a new one.")
    return ""


def may_read_draft(invitation: Invitation, *, now: datetime) -> bool:
    """Return whether an invited person may read of it: only if they joined or still can.

    A draft continues to change, and is private to its people.
    """
    is_asked = invitation.state == InvitationState.WAITING
    has_joined = invitation.state == InvitationState.ACCEPTED
    return has_joined or (is_asked and not why_closed(invitation, now=now))


@transaction.atomic
def decline(invitation: Invitation, *, by: User) -> Invitation:
    """Decline the invitation, or leave the draft after accepting."""
    invitation = lock_invitation(invitation.pk)
    now = timezone.now()
    check("decline", invitation, by)
    _take_out(invitation)
    move(invitation, "decline", by=by, at=now, closed_at=now)
    return invitation


@transaction.atomic
def withdraw(invitation: Invitation, *, by: User) -> Invitation:
    """Withdraw the invitation; a person who had accepted is removed from the draft."""
    invitation = lock_invitation(invitation.pk)
    now = timezone.now()
    check("withdraw", invitation, by)
    _take_out(invitation)
    move(invitation, "withdraw", by=by, at=now, closed_at=now)
    return invitation


def _take_out(invitation: Invitation) -> None:
    access_request = invitation.access_request
    if not access_request.is_written:
        raise WrongState(_("This request has been sent, so its collaborators can't be changed."))
    if invitation.person:
        editable_revision(access_request).collaborators.remove(invitation.person)


@transaction.atomic
def remove_address(access_request: AccessRequest, email: str, *, by: User) -> User:
    """Remove a collaborator from the draft who was added without an invitation."""
    access_request = lock_request(access_request.pk)
    now = timezone.now()
    check("edit", access_request, by)
    revision = editable_revision(access_request)
    person = revision.collaborators.filter(email=email).first()
    if person is None:
        raise WrongState(_("This person is no longer part of the request. Reload the page."))
    revision.collaborators.remove(person)
    details = {"revision": revision.number, "digest": revision.digest()}
    record_event(access_request, "request.saved", by=by, at=now, details=details)
    settle(revision, by=by, now=now)
    return person


@transaction.atomic
def lapse(invitation_id: int, *, now: datetime) -> bool:
    """End an expired invitation, or one whose request can't be joined; False otherwise."""
    invitation = lock_invitation(invitation_id)
    if not Invitation.objects.due_for_end(now).filter(pk=invitation.pk).exists():
        return False
    move(invitation, "lapse", by=None, at=now, closed_at=now)
    return True


def end_waiting(access_request: AccessRequest, *, by: User, now: datetime) -> None:
    """End unanswered invitations of a request that is being submitted.

    Its collaborators must not change once reviewers vote.
    """
    for invitation in access_request.invitations.filter(state=InvitationState.WAITING):
        locked = Invitation.objects.locked(invitation.pk)
        locked.access_request = access_request
        move(locked, "lapse", by=by, at=now, closed_at=now)


def settle(revision: Revision, *, by: User, now: datetime) -> None:
    """Withdraw accepted invitations of people whom the new text no longer names."""
    access_request = revision.access_request
    gone = access_request.invitations.filter(state=InvitationState.ACCEPTED)
    for invitation in gone.exclude(person__in=revision.collaborators.all()):
        locked = Invitation.objects.locked(invitation.pk)
        locked.access_request = access_request
        move(locked, "withdraw", by=by, at=now, closed_at=now)
