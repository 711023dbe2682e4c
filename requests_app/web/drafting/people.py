"""Who works on a request: those who are part of its text, and those who were invited to it."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app.actions.requests import invitations as actions
from requests_app.models import AccessRequest, Invitation, Revision
from requests_app.models.requests.invitation import EDITABLE_STATES
from requests_app.states import INVITATION, InvitationState

RELATED = ("revisions__collaborators", "revisions__ai_models", "invitations__person")


class Participant(NamedTuple):
    """A person who is part of the text, an invitation, or both."""

    email: str
    person: User | None
    invitation: Invitation | None

    @property
    def is_collaborator(self) -> bool:
        return self.person is not None

    @property
    def is_waiting(self) -> bool:
        return self.invitation is not None and self.invitation.state == InvitationState.WAITING


def participants(access_request: AccessRequest, revision: Revision) -> list[Participant]:
    """Those who are part of it, then those asked, then those who said no. Wants `RELATED`."""
    return [*_collaborators(access_request, revision), *_invitees(access_request)]


def _collaborators(access_request: AccessRequest, revision: Revision) -> Iterator[Participant]:
    accepted = {row.person_id: row for row in access_request.invitations.all() if row.accepted_at}
    for person in sorted(revision.collaborators.all(), key=lambda person: person.email):
        row = accepted.get(person.pk)
        stands = row if row and row.state == InvitationState.ACCEPTED else None
        yield Participant(stands.email if stands else person.email, person, stands)


def _invitees(access_request: AccessRequest) -> Iterator[Participant]:
    """The newest of each address, unless that was accepted."""
    newest = {row.email: row for row in access_request.invitations.all()}
    rows = [
        row
        for row in newest.values()
        if row.state != InvitationState.ACCEPTED and not row.is_erased
    ]
    for row in sorted(rows, key=lambda row: (row.state not in INVITATION.live, row.email)):
        yield Participant(row.email, None, row)


def unanswered_emails(access_request: AccessRequest) -> list[str]:
    """Who would be left out if it were sent now. Wants the invitations prefetched."""
    rows = access_request.invitations.all()
    return sorted(row.email for row in rows if row.state == InvitationState.WAITING)


def open_invitations_for(person: User, now: datetime | None = None) -> list[Invitation]:
    """What waits for this person's answer."""
    mine = Invitation.objects.open(now or timezone.now())
    rows = mine.filter(email__in=addresses.verified(person))
    return list(rows.select_related("access_request__requester"))


def accepted_invitations_of(person: User) -> list[Invitation]:
    """What this person has accepted, of requests that weren't sent yet."""
    rows = Invitation.objects.filter(person=person, state=InvitationState.ACCEPTED)
    unsent = rows.filter(
        access_request__submitted_at=None, access_request__state__in=EDITABLE_STATES
    )
    return list(unsent.select_related("access_request__requester"))


def may_read_request(invitation: Invitation) -> bool:
    """Only to whoever has joined or still can: a draft goes on, and is nobody else's to read."""
    has_joined = invitation.state == InvitationState.ACCEPTED
    is_asked = invitation.state == InvitationState.WAITING
    return has_joined or (is_asked and not why_closed(invitation))


def why_closed(invitation: Invitation) -> str:
    return actions.why_closed(invitation, now=timezone.now())
