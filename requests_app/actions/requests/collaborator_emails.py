"""Save requests whose collaborators are given by email address, as the API does.

New addresses are invited. Nothing here looks up whether an address has an account, so the answer
can't reveal it.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app.actions.requests import invitations, requests
from requests_app.models import AccessRequest
from requests_app.refusals import Invalid
from requests_app.states import InvitationState
from requests_app.transitions.people_locks import lock_person
from requests_app.validation.request_input import RequestInput
from requests_app.validation.submission import addresses_in


@transaction.atomic
def save(
    request_input: RequestInput,
    *,
    by: User,
    access_request: AccessRequest | None = None,
    submit: bool = False,
) -> AccessRequest:
    """Create or change a draft whose collaborators are exactly these addresses.

    Others are removed, and their pending invitations are withdrawn.
    """
    by = lock_person(by)
    if access_request:
        _continued, access_request = requests.lock_both(access_request, None)
    named = addresses_in(request_input)
    new = _new(named, access_request, by=by, submit=submit)
    request_input = replace(request_input, collaborators=tuple(_part(access_request, among=named)))
    saved = requests.save(request_input, by=by, access_request=access_request, submit=submit)
    for waiting in saved.invitations.filter(state=InvitationState.WAITING).exclude(email__in=named):
        invitations.withdraw(waiting, by=by)
    _invite(saved, new, by=by)
    return saved


def new_addresses(named: Collection[str], access_request: AccessRequest | None) -> set[str]:
    """Return the addresses that would get an invitation."""
    if access_request is None:
        return set(named)
    invited = access_request.invitations.standing().values_list("email", flat=True)
    there = access_request.revision.collaborators.values_list("email", flat=True)
    return set(named).difference(invited, there)


def _new(
    named: Collection[str], access_request: AccessRequest | None, *, by: User, submit: bool
) -> list[str]:
    if {by.email, *addresses.verified(by)} & set(named):
        sentence = _("You are already part of this request. Add other people only.")
        raise Invalid({"collaborators": sentence})
    new = new_addresses(named, access_request)
    if new and submit:
        sentence = _(
            "The people you invite have to accept first. Save a draft and send it once they have."
        )
        raise Invalid({"collaborators": sentence})
    return sorted(new)


def _part(access_request: AccessRequest | None, *, among: Collection[str]) -> Iterable[str]:
    """Return the account addresses of the collaborators behind these addresses."""
    if access_request is None:
        return []
    there = access_request.revision.collaborators
    # Somebody may have accepted with an account under another address than the invited one.
    accepted = access_request.invitations.accepted().filter(email__in=among).values("person")
    return there.filter(Q(email__in=among) | Q(pk__in=accepted)).values_list("email", flat=True)


def _invite(access_request: AccessRequest, new: Iterable[str], *, by: User) -> None:
    for email in new:
        try:
            invitations.invite(access_request, email, by=by)
        except Invalid as refusal:
            raise Invalid({"collaborators": refusal.errors["email"]}) from None
