"""Confirm a grant, and share it: accept the terms, leave, remove a collaborator."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from requests_app.actions.grants import collaborators, confirmations
from requests_app.models import Grant
from requests_app.web.decorators import SignedInRequest, action_view


def _mine(request: SignedInRequest, public_id: str) -> Grant:
    rows = Grant.objects.visible_to_members(request.user)
    return get_object_or_404(rows, public_id=public_id)


@action_view("grant")
def confirm(request: SignedInRequest, public_id: str) -> HttpResponse:
    confirmations.confirm(_mine(request, public_id), by=request.user)
    messages.success(
        request, _("Confirmed. If access is still active in 90 days, we'll ask again.")
    )
    return redirect("grant", public_id)


@action_view("grant")
def accept(request: SignedInRequest, public_id: str) -> HttpResponse:
    collaborators.accept(_mine(request, public_id), by=request.user)
    messages.success(request, _("You have accepted the terms. You can now create your key."))
    return redirect("grant", public_id)


@action_view("grant")
def leave(request: SignedInRequest, public_id: str) -> HttpResponse:
    collaborators.leave(_mine(request, public_id), by=request.user)
    messages.success(
        request, _("You no longer share this access. Your keys for it have stopped working.")
    )
    return redirect("access")


@action_view("grant")
def remove(request: SignedInRequest, public_id: str) -> HttpResponse:
    grant = _mine(request, public_id)
    email = request.POST.get("person", "").replace("\x00", "")
    place = get_object_or_404(grant.collaborators.select_related("person"), person__email=email)
    collaborators.remove(grant, place.person, by=request.user)
    messages.success(
        request, _("You removed %(person)s. Their keys no longer work.") % {"person": place.person}
    )
    return redirect("grant", public_id)
