"""Grants and their keys on the review desk: look, and revoke with a reason."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from lifecycle.people.models import User
from requests_app.actions import grants
from requests_app.admin.readonly import ReadOnlyAdmin, person
from requests_app.models import Grant
from requests_app.rules import Refusal, why_not


class RevokeForm(forms.Form):
    """Why a grant is taken away; the holder is told."""

    reason = forms.CharField(required=False, max_length=5000, widget=forms.Textarea({"rows": 3}))


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin):
    """Who has access to what, until when."""

    list_display = ("public_id", "holder", "state", "activated_at", "ends_at")
    list_filter = ("state",)
    list_select_related = ("holder",)
    search_fields = ("public_id", "holder__email", "holder__full_name")

    def scope(self, who: User) -> Q:
        """Grants from requests that their groups decided, or under policies that they own."""
        groups = who.groups.all()
        return Q(access_request__stages__step__reviewers__in=groups) | Q(
            access_request__policy_version__policy__owners__in=groups
        )

    def get_urls(self) -> list[URLPattern]:
        revoke = self.admin_site.admin_view(self.revoke)
        name = "requests_app_grant_revoke"
        return [path("<path:object_id>/revoke/", revoke, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, object_id, RevokeForm())

    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        grant = self._load(request, object_id)
        form = RevokeForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self._page(request, object_id, form)
        try:
            grants.revoke(grant, by=person(request), reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            form.add_error("reason", refusal.sentence)
            return self._page(request, object_id, form, status=refusal.status)
        messages.success(request, f"{grant} is revoked. Its keys are refused from now on.")
        return redirect("admin:requests_app_grant_change", grant.pk)

    def _load(self, request: HttpRequest, object_id: str) -> Grant:
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found  # type: ignore[no-any-return]  # get_object's model is ours

    def _page(
        self, request: HttpRequest, object_id: str, form: RevokeForm, status: int = 200
    ) -> HttpResponse:
        grant = self._load(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Grant {grant}",
            "opts": self.opts,
            "grant": grant,
            "models": grant.granted_models.select_related("ai_model"),
            "keys": grant.keys.select_related("revoked_by"),
            "form": form,
            "refusal": why_not("revoke", grant, person(request)),
        }
        template = "admin/requests_app/grant/grant.html"
        return TemplateResponse(request, template, context, status=status)
