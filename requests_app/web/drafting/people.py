"""The people of a draft: collaborators and those invited."""

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
    """A collaborator, an invitation, or both."""

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
    """Return collaborators, then pending, then declined invitations; needs `RELATED` prefetched."""
    return [*_collaborators(access_request, revision), *_invitees(access_request)]


def _collaborators(access_request: AccessRequest, revision: Revision) -> Iterator[Participant]:
    accepted = {row.person_id: row for row in access_request.invitations.all() if row.accepted_at}
    for person in sorted(revision.collaborators.all(), key=lambda person: person.email):
        row = accepted.get(person.pk)
        stands = row if row and row.state == InvitationState.ACCEPTED else None
        yield Participant(stands.email if stands else person.email, person, stands)


def _invitees(access_request: AccessRequest) -> Iterator[Participant]:
    """Return the newest invitation of each address, unless accepted."""
    newest = {row.email: row for row in access_request.invitations.all()}
    rows = [
        row
        for row in newest.values()
        if row.state != InvitationState.ACCEPTED and not row.is_erased
    ]
    for row in sorted(rows, key=lambda row: (row.state not in INVITATION.live, row.email)):
        yield Participant(row.email, None, row)


def unanswered_emails(access_request: AccessRequest) -> list[str]:
    """Return who would be left out if it were sent now; needs invitations prefetched."""
    rows = access_request.invitations.all()
    return sorted(row.email for row in rows if row.state == InvitationState.WAITING)


def open_invitations_for(person: User, now: datetime | None = None) -> list[Invitation]:
    """Return the invitations that wait for this person's answer."""
    mine = Invitation.objects.open(now or timezone.now())
    rows = mine.filter(email__in=addresses.verified(person))
    return list(rows.select_related("access_request__requester"))


def accepted_invitations_of(person: User) -> list[Invitation]:
    """Return accepted invitations to requests that haven't been sent yet."""
    rows = Invitation.objects.filter(person=person, state=InvitationState.ACCEPTED)
    unsent = rows.filter(
        access_request__submitted_at=None, access_request__state__in=EDITABLE_STATES
    )
    return list(unsent.select_related("access_request__requester"))


def may_read_request(invitation: Invitation) -> bool:
    return actions.may_read_draft(invitation, now=timezone.now())


def why_closed(invitation: Invitation) -> str:
    return actions.why_closed(invitation, now=timezone.now())
