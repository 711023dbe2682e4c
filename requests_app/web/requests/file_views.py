"""Views for a request's files: list, add, remove and download."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from requests_app import throttling
from requests_app.actions.requests import files as actions
from requests_app.files import downloads
from requests_app.models import AccessRequest, Attachment
from requests_app.refusals import Invalid
from requests_app.rules import permissions
from requests_app.web import visibility
from requests_app.web.decorators import SignedInRequest, action_view
from requests_app.web.drafting import steps
from requests_app.web.requests import page
from requests_app.web.requests.forms import FileForm

RELATED = ("revisions__files", "revisions__ai_models")


def _own(request: SignedInRequest, public_id: str) -> AccessRequest:
    rows = visibility.owned_by(request.user).prefetch_related(*RELATED)
    return get_object_or_404(rows, public_id=public_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: SignedInRequest, public_id: str) -> HttpResponse:
    access_request = _own(request, public_id)
    if request.method != "POST":
        return _page(request, access_request, FileForm())
    throttling.check("upload", request, request.user)
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        sent = form.cleaned_data["file"]
        upload = actions.Upload(sent.name, sent.file, sent.chunks())
        try:
            row = actions.attach(access_request, upload, by=request.user)
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("“%s” attached.") % row)
            return redirect("request_files", public_id)
    return _page(request, access_request, form, status=Invalid.status)


@login_required
def too_large(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show the form again after a file that was too large to be read."""
    form = FileForm({}, {})
    form.full_clean()
    form.errors.clear()
    form.add_error("file", actions.too_large())
    return _page(request, _own(request, public_id), form, status=413)


def _page(
    request: SignedInRequest, access_request: AccessRequest, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    revision = page.newest_revision(access_request)
    context = {
        "access_request": access_request,
        "revision": revision,
        "form": form,
        "why_not": permissions.why_not("edit", access_request, request.user),
        "most": settings.FILES_MAX,
        "continue_to": steps.address_after_files(access_request),
        "room": settings.FILES_MAX - len(revision.files.all()),
    }
    return render(request, "pages/files.html", context, status=status)


@action_view("request_files")
def remove(request: SignedInRequest, public_id: str) -> HttpResponse:
    file = request.POST.get("file", "").replace("\x00", "")
    row = actions.detach(_own(request, public_id), file, by=request.user)
    messages.success(request, _("“%s” removed.") % row)
    return redirect("request_files", public_id)


@login_required
@require_safe
def download(request: SignedInRequest, public_id: str, file: str) -> FileResponse:
    row = get_object_or_404(visibility.readable_by(request.user), public_id=public_id)
    return downloads.answer(get_object_or_404(_readable(row, request), public_id=file))


def _readable(row: AccessRequest, request: SignedInRequest) -> QuerySet[Attachment]:
    """Return readable files: all of one's own requests, submitted ones of others."""
    texts = row.revisions.all()
    if row.requester_id != request.user.pk:
        texts = texts.exclude(submitted_at=None)
    return Attachment.objects.filter(revisions__in=texts).distinct()
