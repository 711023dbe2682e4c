"""The page of an invitation to review, for the owner of its address."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.people.email import addresses
from requests_app.actions.review import reviewer_invitations as actions
from requests_app.models import ReviewerInvitation
from requests_app.rules import permissions
from requests_app.states import ReviewerInvitationState
from requests_app.web.decorators import SignedInRequest, action_view

PAGE = "reviewer_invitation"


@login_required
@require_safe
def invitation(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show an invitation to the owner of its address; to anybody else it doesn't exist."""
    found = _addressed(request, public_id)
    if found is None:
        return _nothing(request)
    is_open = found.state == ReviewerInvitationState.WAITING
    context = {
        "invitation": found,
        "ai_models": found.policy.ai_models.order_by("name"),
        "why_closed": actions.why_closed(found, now=timezone.now()) if is_open else "",
        "needs_factor": settings.SECOND_FACTOR_REQUIRED,
        "why_not": permissions.why_not("accept", found, request.user) if is_open else "",
    }
    return render(request, "pages/reviewer_invitation.html", context)


def _nothing(request: SignedInRequest) -> HttpResponse:
    return render(request, "pages/no_invitation.html", status=404)


def _addressed(request: SignedInRequest, public_id: str) -> ReviewerInvitation | None:
    rows = ReviewerInvitation.objects.select_related("by", "group", "policy")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        return None
    is_mine = found.person_id == request.user.pk
    return found if is_mine or found.email in addresses.verified(request.user) else None


@action_view(PAGE)
def accept(request: SignedInRequest, public_id: str) -> HttpResponse:
    found = _addressed(request, public_id)
    if found is None:
        return _nothing(request)
    actions.accept(found, by=request.user)
    messages.success(request, _("You are a reviewer now."))
    return redirect(PAGE, public_id)


@action_view(PAGE)
def decline(request: SignedInRequest, public_id: str) -> HttpResponse:
    found = _addressed(request, public_id)
    if found is None:
        return _nothing(request)
    actions.decline(found, by=request.user)
    messages.success(request, _("Invitation declined."))
    return redirect(PAGE, public_id)
