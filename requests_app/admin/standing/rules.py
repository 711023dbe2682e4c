"""Standing rules on the desk: draft, publish and end them, keep lists, see who has access."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from lifecycle.admin_columns import column
from lifecycle.people.models import User
from requests_app.actions.standing import lists, rules
from requests_app.admin import repeated_clicks
from requests_app.admin.base import Button, RowPageAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.admin.standing.forms import (
    EndForm,
    ListForm,
    NewStandingRuleForm,
    StandingRuleForm,
)
from requests_app.admin.typed_confirmation import TypedReasonForm, confirm
from requests_app.models import Grant, MembershipKind, Policy, StandingRule
from requests_app.rules import permissions
from requests_app.rules.permissions import why_not
from requests_app.states import GRANT, StandingRuleState
from requests_app.transitions import affected
from requests_app.validation.standing.rule_input import digest, input_of, why_not_in_force
from requests_app.wording import limits
from requests_app.wording.standing import membership_phrase

PAGE = "admin:requests_app_standingrule_change"
MAX_ROWS = 200
LIST_ACTIONS = {"add": lists.add, "remove": lists.remove}


@admin.register(StandingRule)
class StandingRuleAdmin(RowPageAdmin):
    """The standing rules of the policies that the person owns."""

    list_display = ("name", "policy", "membership", "state", column("ends_at", "until"))
    list_select_related = ("policy", "group")

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.may_own and desk.is_filled(StandingRule)

    def scope(self, who: User) -> Q:
        return Q(policy__in=Policy.objects.filter(owners__in=who.groups.all()))

    def membership(self, row: StandingRule) -> str:
        return membership_phrase(row)

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "requests_app_standingrule"
        acts = {"edit": self.edit, "publish": self.publish, "end": self.end, "list": self.keep_list}
        own = [
            path(f"<path:object_id>/{act}/", wrap(view), name=f"{name}_{act}")
            for act, view in acts.items()
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Let an owner of a policy draft a rule; the link to this page is on the policy's."""
        who, data = person(request), request.POST if request.method == "POST" else None
        # Not by `has_add_permission`, which every page of the desk would ask.
        if not Policy.objects.filter(owners__in=who.groups.all()).exists():
            raise PermissionDenied
        form = NewStandingRuleForm(data, by=who, policy=request.GET.get("policy", ""))
        return self.perform(
            request,
            form,
            lambda: rules.draft(form.cleaned_data["policy"], form.text(), by=who),
            page=lambda status: self.show(
                request,
                "standingrule/edit.html",
                {"title": "New standing rule", "form": form},
                status,
            ),
            go_on=lambda rule: redirect(PAGE, rule.pk),
            message="Draft of {} saved. Another owner of the policy has to publish it.",
        )

    def row_page(self, request: HttpRequest, rule: StandingRule) -> HttpResponse:
        return self._page(request, rule)

    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule = self.load(request, object_id)
        form = StandingRuleForm(request.POST if request.method == "POST" else None, rule=rule)
        context = {"title": f"Edit {rule}", "form": form, "rule": rule}
        context["refusal"] = why_not("edit", rule, person(request))
        return self.perform(
            request,
            form,
            lambda: rules.edit(
                rule, form.text(), by=person(request), shown=form.cleaned_data["shown"]
            ),
            page=lambda status: self.show(request, "standingrule/edit.html", context, status),
            go_on=lambda _: redirect(PAGE, rule.pk),
            message="Draft saved.",
        )

    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule, who = self.load(request, object_id), person(request)
        if request.method != "POST":
            return redirect(PAGE, rule.pk)
        return self.perform(
            request,
            Button(request),
            # "-" matches no digest, so a form without one is refused rather than left unchecked.
            lambda: rules.publish(rule, by=who, shown=request.POST.get("shown", "-")),
            page=lambda status: self._page(request, rule, status),
            go_on=lambda _: redirect(PAGE, rule.pk),
            message="{} is published. Its members can start access now.",
            was_done=lambda: repeated_clicks.has_published(self.load(request, object_id), who),
        )

    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End a published rule once its name is typed below the preview; or drop a draft."""
        rule, who = self.load(request, object_id), person(request)
        if rule.published_at:
            return self._end_published(request, rule)
        if request.method != "POST":
            return redirect(PAGE, rule.pk)
        form = EndForm(request.POST, auto_id="id_end_%s")
        return self.perform(
            request,
            form,
            lambda: rules.end(rule, by=who, reason=form.cleaned_data["reason"]),
            page=lambda status: self._page(request, rule, status, end_form=form),
            go_on=lambda _: redirect(PAGE, rule.pk),
            message="{} is dropped.",
            was_done=lambda: repeated_clicks.has_done("end", rule.public_id, who),
        )

    def _end_published(self, request: HttpRequest, rule: StandingRule) -> HttpResponse:
        who = person(request)
        if request.method != "POST":
            permissions.check("end", rule, who)
        form = TypedReasonForm(request.POST if request.method == "POST" else None, name=rule.name)
        return confirm(
            self,
            request,
            form,
            affected.of_grants(Grant.objects.live().filter(access_request__standing_rule=rule)),
            lambda: rules.end(rule, by=who, reason=form.cleaned_data["reason"]),
            page={
                "title": f"End {rule}",
                "heading": "What would end",
                "subject": f"Standing rule {rule}",
                "warning": "All access by this rule ends immediately. This can't be undone.",
                "back": reverse(PAGE, args=[rule.pk]),
                "button": "End this rule",
            },
            message="{} is ended, and so is all access by it.",
            was_done=lambda: repeated_clicks.has_done("end", rule.public_id, who),
        )

    def keep_list(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule, who = self.load(request, object_id), person(request)
        act = LIST_ACTIONS.get(request.POST.get("act", ""))
        if request.method != "POST" or act is None:
            return redirect(PAGE, rule.pk)
        form = ListForm(request.POST, auto_id="id_list_%s")
        return self.perform(
            request,
            form,
            lambda: act(rule, form.named(), by=who),
            page=lambda status: self._page(request, rule, status, list_form=form),
            go_on=lambda _: redirect(PAGE, rule.pk),
            message="{0.changed} changed, {0.unchanged} left as they were, {0.ended} grants ended.",
        )

    def _page(
        self,
        request: HttpRequest,
        rule: StandingRule,
        status: int = 200,
        end_form: EndForm | None = None,
        list_form: ListForm | None = None,
    ) -> HttpResponse:
        who, now = person(request), timezone.now()
        is_draft = rule.state == StandingRuleState.DRAFT
        context = {
            "title": f"Standing rule {rule}",
            "rule": rule,
            "membership": membership_phrase(rule),
            "ai_models": rule.ai_models.order_by("name"),
            "limits": limits.sentence(rule.limits()),
            "shown": digest(input_of(rule)),
            "problems": list(why_not_in_force(rule, now)) if is_draft else [],
            "why_not": {act: why_not(act, rule, who) for act in ("edit", "end", "keep_list")},
            "why_not_publish": rules.why_not_publish(rule, who, now),
            "end_form": end_form or EndForm(auto_id="id_end_%s"),
            "list_form": list_form or ListForm(auto_id="id_list_%s"),
            **_access(rule),
            **_list(rule),
        }
        return self.show(request, "standingrule/rule.html", context, status)


def _access(rule: StandingRule) -> dict[str, Any]:
    """Return the access by the rule, the live one first, and how many there are."""
    grants = Grant.objects.filter(access_request__standing_rule=rule).select_related("holder")
    live, over = grants.filter(state__in=GRANT.live), grants.exclude(state__in=GRANT.live)
    rows = [*live.order_by("-pk")[:MAX_ROWS], *over.order_by("-pk")[:MAX_ROWS]]
    return {"grants": rows[:MAX_ROWS], "live": live.count(), "over": over.count()}


def _list(rule: StandingRule) -> dict[str, Any]:
    if rule.kind != MembershipKind.LIST:
        return {}
    listed = rule.listed.filter(removed_at=None).select_related("added_by").order_by("-pk")
    return {"listed": listed[:MAX_ROWS], "listed_count": listed.count()}
