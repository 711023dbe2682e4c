"""Proposed changes of the catalogue on the desk: what would change, and a second editor's word."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from lifecycle.admin_columns import column
from lifecycle.text.form_fields import ProseField
from requests_app.actions import proposals
from requests_app.actions.voice.named_actions import ACTIONS, described
from requests_app.admin.base import ActionForm, Button, RowPageAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.models import Proposal
from requests_app.rules.catalogue import is_editor
from requests_app.rules.permissions import MAX_REASON_LENGTH, why_not
from requests_app.states import ProposalState
from requests_app.transitions.change_lines import lines
from requests_app.transitions.row_changes import from_json

LIST = "admin:requests_app_proposal_changelist"
PAGE = "admin:requests_app_proposal_change"


class DeclineForm(ActionForm):
    """Why it is declined; the proposer sees it."""

    reason = ProseField(
        label="Reason, if you decline it",
        max_length=MAX_REASON_LENGTH,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text="Whoever proposed it will see this.",
    )


@admin.register(Proposal)
class ProposalAdmin(RowPageAdmin):
    """All proposals, newest first."""

    list_display = ("public_id", "ai_model", "state", "proposed_by", column("proposed_at"))
    list_filter = ("state",)
    list_select_related = ("ai_model", "proposed_by")

    def scope(self, who: Any) -> Q:
        """Whoever is responsible for weights proposes checks of them, too."""
        return Q() if is_editor(who) else Q(proposed_by=who)

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.edits_catalogue and desk.is_filled(Proposal)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("ai_model", "proposed_by", "closed_by")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide)
        name = "requests_app_proposal_decide"
        return [path("<path:object_id>/decide/", view, name=name), *super().get_urls()]

    def row_page(self, request: HttpRequest, proposal: Proposal) -> HttpResponse:
        return self._page(request, proposal, DeclineForm())

    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        proposal = self.load(request, object_id)
        if request.method != "POST":
            return redirect(PAGE, proposal.pk)
        who, choice = person(request), request.POST.get("choice")
        if choice == "decline":
            form = DeclineForm(request.POST)
            return self._decided(
                request,
                form,
                lambda: proposals.decline(proposal, by=who, **form.cleaned_data),
                proposal,
            )
        act = proposals.withdraw if choice == "withdraw" else proposals.accept
        return self._decided(request, Button(request), lambda: act(proposal, by=who), proposal)

    def _decided(
        self, request: HttpRequest, form: Any, action: Any, proposal: Proposal
    ) -> HttpResponse:
        return self.perform(
            request,
            form,
            action,
            page=lambda status: self._page(request, proposal, form, status),
            go_on=lambda _: redirect(PAGE, proposal.pk),
            message="The change is {0.state}.",
        )

    def _page(
        self, request: HttpRequest, proposal: Proposal, form: Any, status: int = 200
    ) -> HttpResponse:
        who = person(request)
        context = {
            "title": f"Change of {proposal.ai_model}",
            "proposal": proposal,
            "lines": lines(from_json(proposal.changes)),
            "label": ACTIONS[proposal.action].label if proposal.action else "",
            "arguments": _arguments(proposal),
            "form": form if isinstance(form, DeclineForm) else DeclineForm(),
            "why_not": why_not("accept", proposal, who),
            "can_withdraw": why_not("withdraw", proposal, who) is None,
        }
        return self.show(request, "proposal/page.html", context, status)


def _arguments(proposal: Proposal) -> list[tuple[str, str]]:
    is_waiting = proposal.state == ProposalState.WAITING
    return described(proposal.arguments, beside_todays=is_waiting) if proposal.action else []
