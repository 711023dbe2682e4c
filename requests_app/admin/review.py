"""Requests on the review desk: read, then approve or deny with a reason."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from lifecycle.people.models import User
from requests_app.actions import reviews
from requests_app.admin.readonly import ReadOnlyAdmin, person
from requests_app.models import AccessRequest, Event, Revision, Stage, Vote
from requests_app.rules import Refusal, why_not
from requests_app.states import StageState


class DecisionForm(forms.Form):
    """One vote. `shown` is the digest of what the page showed."""

    stage = forms.IntegerField(widget=forms.HiddenInput)
    shown = forms.CharField(max_length=64, widget=forms.HiddenInput)
    choice = forms.ChoiceField(choices=Vote.Choice.choices)
    reason = forms.CharField(
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 4}),
        help_text="Kept with the decision. A denial's reason is told to the requester.",
    )


@admin.register(AccessRequest)
class ReviewAdmin(ReadOnlyAdmin):
    """The inbox and the review page."""

    list_display = ("public_id", "requester", "models_asked_for", "state", "deadline", "created_at")
    list_filter = ("state", "policy_version__policy")
    list_select_related = ("requester",)
    search_fields = ("public_id", "requester__email", "requester__full_name")
    date_hierarchy = "created_at"

    def scope(self, who: User) -> Q:
        """What was put before a group of theirs, and everything under policies that they own."""
        groups = who.groups.all()
        opened = Q(stages__step__reviewers__in=groups, stages__opened_at__isnull=False)
        return opened | Q(policy_version__policy__owners__in=groups)

    def get_queryset(self, request: HttpRequest) -> Any:
        open_stages = Prefetch("stages", Stage.objects.open(), to_attr="open_stages")
        rows = super().get_queryset(request)
        return rows.prefetch_related(open_stages, "requested_models__ai_model")

    @admin.display(description="models")
    def models_asked_for(self, row: AccessRequest) -> str:
        return ", ".join(str(asked.ai_model) for asked in row.requested_models.all())

    @admin.display(description="to decide by")
    def deadline(self, row: Any) -> Any:
        return row.open_stages[0].due_at if row.open_stages else None

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        name = "requests_app_accessrequest_decide"
        return [path("<path:object_id>/decide/", decide, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self._load(request, object_id))

    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        access_request = self._load(request, object_id)
        form = DecisionForm(request.POST or None)
        if request.method != "POST":
            return redirect(self._address(access_request))
        if not form.is_valid():
            return self._page(request, access_request, form, status=422)
        stage = access_request.stages.filter(pk=form.cleaned_data["stage"]).first()
        if stage is None:
            raise Http404
        try:
            vote(stage, form, by=person(request))
        except Refusal as refusal:
            form.add_error("reason" if refusal.status == 422 else None, refusal.sentence)
            fresh = self._load(request, object_id)
            return self._page(request, fresh, form, status=refusal.status)
        messages.success(request, f"Your decision on {access_request} is recorded.")
        return redirect(self._address(access_request))

    def _load(self, request: HttpRequest, object_id: str) -> AccessRequest:
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found  # type: ignore[no-any-return]  # get_object's model is ours

    def _address(self, access_request: AccessRequest) -> str:
        return reverse("admin:requests_app_accessrequest_change", args=[access_request.pk])

    def _page(
        self,
        request: HttpRequest,
        access_request: AccessRequest,
        form: DecisionForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        stage = access_request.stages.open().select_related("step__reviewers").first()
        context = {
            **self.admin_site.each_context(request),
            **shown_to(person(request), access_request, stage),
            "title": f"Request {access_request}",
            "opts": self.opts,
            "form": form or blank_form(access_request, stage),
        }
        template = "admin/requests_app/accessrequest/review.html"
        return TemplateResponse(request, template, context, status=status)


def vote(stage: Stage, form: DecisionForm, *, by: User) -> Stage:
    cleaned = form.cleaned_data
    action = reviews.approve if cleaned["choice"] == Vote.Choice.APPROVE else reviews.deny
    return action(stage, by=by, reason=cleaned["reason"], shown=cleaned["shown"])


def blank_form(access_request: AccessRequest, stage: Stage | None) -> DecisionForm | None:
    if stage is None:
        return None
    return DecisionForm(initial={"stage": stage.pk, "shown": stage.revision.digest()})


def shown_to(who: User, access_request: AccessRequest, stage: Stage | None) -> dict[str, Any]:
    """Everything that the review page says, in a fixed number of queries."""
    revision: Revision = access_request.revision
    stages = access_request.stages.select_related("step__reviewers").prefetch_related(
        Prefetch("votes", Vote.objects.select_related("voter"))
    )
    earlier = AccessRequest.objects.of(access_request.requester).exclude(pk=access_request.pk)
    return {
        "access_request": access_request,
        "revision": revision,
        "ai_models": revision.ai_models.all(),
        "requester": User.objects.select_related("institution").get(pk=access_request.requester_id),
        "stages": stages,
        "stage": stage,
        "refusal": why_not("vote", stage, who) if stage else "No step is open for a decision.",
        "earlier": earlier.exclude(submitted_at=None)[:10],
        "events": Event.objects.filter(access_request=access_request).select_related("actor"),
        "open_state": StageState.OPEN,
    }
