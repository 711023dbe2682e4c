"""Views for invitations: requesters invite and withdraw, invited people answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lifecycle.people.email import addresses
from requests_app import throttling
from requests_app.actions.requests import invitations as actions
from requests_app.models import AccessRequest, Invitation
from requests_app.refusals import Invalid
from requests_app.rules import permissions
from requests_app.states import INVITATION, InvitationState
from requests_app.validation.completeness import MAX_VERSION_DIGITS
from requests_app.web import visibility
from requests_app.web.decorators import SignedInRequest, action_view
from requests_app.web.drafting import people as draft_people
from requests_app.web.drafting import steps
from requests_app.web.requests import page
from requests_app.web.requests.forms import AllowForm, InvitationForm


def _own(request: SignedInRequest, public_id: str) -> AccessRequest:
    rows = visibility.owned_by(request.user).prefetch_related(*draft_people.RELATED)
    return get_object_or_404(rows, public_id=public_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: SignedInRequest, public_id: str) -> HttpResponse:
    access_request = _own(request, public_id)
    if request.method != "POST":
        return _people(request, access_request, InvitationForm())
    throttling.check("invite", request, request.user)
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            invitation = actions.invite(access_request, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Invitation sent to %s.") % invitation.email)
            return redirect("request_people", public_id)
    return _people(request, access_request, form, status=Invalid.status)


def _people(
    request: SignedInRequest,
    access_request: AccessRequest,
    form: InvitationForm,
    *,
    status: int = 200,
) -> HttpResponse:
    revision = page.newest_revision(access_request)
    context = {
        "access_request": access_request,
        "places": [
            (place, _allow_form(place))
            for place in draft_people.participants(access_request, revision)
        ],
        "form": form,
        "continue_to": steps.address_after_people(access_request),
        "why_not": permissions.why_not("edit", access_request, request.user),
    }
    return render(request, "pages/people.html", context, status=status)


def _allow_form(place: draft_people.Participant) -> AllowForm | None:
    """Return the form of a person whose invitation stands."""
    invitation = place.invitation
    if invitation is None or invitation.state not in INVITATION.live:
        return None
    values = {name: getattr(invitation, name) for name in AllowForm.base_fields}
    form = AllowForm(initial=values, auto_id=f"{invitation.public_id}-%s")
    if place.is_collaborator:  # who has accepted already
        del form.fields["shows_purpose"]
    return form


def _sent(request: SignedInRequest, access_request: AccessRequest) -> Invitation:
    public_id = request.POST.get("invitation", "").replace("\x00", "")
    return get_object_or_404(access_request.invitations, public_id=public_id)


@action_view("request_people")
def send_again(request: SignedInRequest, public_id: str) -> HttpResponse:
    throttling.check("invite", request, request.user)
    invitation = _sent(request, _own(request, public_id))
    actions.send_again(invitation, by=request.user)
    messages.success(request, _("Invitation sent to %s.") % invitation.email)
    return redirect("request_people", public_id)


@action_view("request_people")
def allow(request: SignedInRequest, public_id: str) -> HttpResponse:
    invitation = _sent(request, _own(request, public_id))
    shows_purpose = "shows_purpose" in request.POST
    if invitation.state == InvitationState.ACCEPTED:  # its form doesn't ask
        shows_purpose = invitation.shows_purpose
    may_edit = "may_edit" in request.POST
    actions.allow(invitation, by=request.user, shows_purpose=shows_purpose, may_edit=may_edit)
    messages.success(request, _("Saved."))
    return redirect("request_people", public_id)


@action_view("request_people")
def withdraw(request: SignedInRequest, public_id: str) -> HttpResponse:
    invitation = actions.withdraw(_sent(request, _own(request, public_id)), by=request.user)
    messages.success(request, _("Invitation to %s withdrawn.") % invitation.email)
    return redirect("request_people", public_id)


@action_view("request_people")
def leave_out(request: SignedInRequest, public_id: str) -> HttpResponse:
    email = request.POST.get("person", "").replace("\x00", "")
    person = actions.remove_address(_own(request, public_id), email, by=request.user)
    messages.success(request, _("%s is no longer part of the request.") % person)
    return redirect("request_people", public_id)


@login_required
@require_safe
def invitation(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show an invitation to the owner of its address; to anybody else it doesn't exist."""
    found = _addressed(request, public_id)
    if found is None:
        return render(request, "pages/no_invitation.html", status=404)
    access_request = found.access_request
    context = {
        "invitation": found,
        "access_request": access_request,
        "shows_what_is_asked": draft_people.may_read_request(found),
        "revision": page.newest_revision(access_request),
        "version": access_request.policy_version,
        "why_closed": draft_people.why_closed(found),
        "parts_to_edit": steps.to_co_write(found),
        "why_not": {name: permissions.why_not(name, found, request.user) for name in ANSWERS},
    }
    return render(request, "pages/invitation.html", context)


ANSWERS = ("accept", "decline")


def _addressed(request: SignedInRequest, public_id: str) -> Invitation | None:
    rows = Invitation.objects.select_related(
        "access_request__requester", "access_request__policy_version__policy"
    ).prefetch_related("access_request__revisions__ai_models")
    found = rows.filter(public_id=public_id).first()
    mine = (found.email, found.person_id) if found else ("", None)
    is_mine = mine[1] == request.user.pk or mine[0] in addresses.verified(request.user)
    return found if is_mine else None


@action_view("invitation")
def accept(request: SignedInRequest, public_id: str) -> HttpResponse:
    found = _addressed(request, public_id)
    if found is None:
        return render(request, "pages/no_invitation.html", status=404)
    terms = request.POST.get("terms", "")
    is_number = terms.isascii() and terms.isdigit() and len(terms) <= MAX_VERSION_DIGITS
    shown = int(terms) if is_number else None
    actions.accept(found, by=request.user, terms=shown)
    messages.success(request, _("Invitation accepted. You can read the request once it is sent."))
    return redirect("invitation", public_id)


@action_view("invitation")
def decline(request: SignedInRequest, public_id: str) -> HttpResponse:
    found = _addressed(request, public_id)
    if found is None:
        return render(request, "pages/no_invitation.html", status=404)
    actions.decline(found, by=request.user)
    messages.success(request, _("Invitation declined. Your details are not part of the request."))
    return redirect("invitation", public_id)
