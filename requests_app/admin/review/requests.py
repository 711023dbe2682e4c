"""Requests on the review desk: the review page and the decision."""

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from lifecycle.people.models import User
from requests_app.actions.review import comments, read_log
from requests_app.admin import desk_access, repeated_clicks
from requests_app.admin.base import person
from requests_app.admin.owners.reassignment_form import ReassignmentForm
from requests_app.admin.personal import saved_reasons
from requests_app.admin.personal.delegations import DelegationForm
from requests_app.admin.review import consequences, dashboard, decision_form
from requests_app.admin.review.attachments import AttachmentPages
from requests_app.admin.review.comments import CommentForm
from requests_app.admin.review.decision_form import DecisionForm
from requests_app.admin.review.related_requests import related
from requests_app.admin.review.requester_history import history
from requests_app.models import AccessRequest, Stage
from requests_app.refusals import Invalid, Refusal
from requests_app.reports.review.page import RELATED, ReviewPage
from requests_app.rules.desk import inbox
from requests_app.rules.desk.comments import was_just_written
from requests_app.rules.desk.visibility import read_once
from requests_app.states import StageState

NOT_REASSIGNED = "Only the policy's owners can reassign a seat, while a step is open."
NEEDS_REVIEWER = "Only reviewers can delegate."


@admin.register(AccessRequest)
class ReviewAdmin(AttachmentPages):
    """Their list, and the pages of each."""

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "requests_app_accessrequest"
        return [
            path("dashboard/", wrap(self.dashboard), name=f"{name}_dashboard"),
            path("<path:object_id>/decide/", wrap(self.decide), name=f"{name}_decide"),
            path("<path:object_id>/reassign/", wrap(self.reassign), name=f"{name}_reassign"),
            path("<path:object_id>/comment/", wrap(self.comment), name=f"{name}_comment"),
            *super().get_urls(),
        ]

    def dashboard(self, request: HttpRequest) -> HttpResponse:
        numbers = dashboard.dashboard_context(person(request), timezone.now())
        return self.show(request, "accessrequest/dashboard.html", numbers)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        # What they may see and what they may decide both depend on their groups.
        read_once(person(request), timezone.now())
        page = self._page(request, object_id)
        form = DecisionForm(stage=page.stage) if page.stage else None
        return self._review(request, page, form)

    def _page(self, request: HttpRequest, object_id: str) -> ReviewPage:
        """Return the review page and log that it was read."""
        page = ReviewPage(self.load(request, object_id), person(request), timezone.now())
        read_log.record_read(page.access_request, by=page.who)
        return page

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return the request with the related rows that the page shows."""
        rows = self.get_queryset(request).select_related(*RELATED)
        try:
            return rows.get(pk=object_id)
        except (AccessRequest.DoesNotExist, ValueError):
            return None

    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the choice, then its confirmation; both carry the digest of what was read."""
        if request.method != "POST":
            return redirect(address(self.load(request, object_id)))
        page = self._page(request, object_id)
        stage = decision_form.chosen_stage(page.access_request, request.POST)
        if stage is None:
            raise Http404
        form = DecisionForm(request.POST, stage=stage)
        try:
            return self._decide(request, page, stage, form)
        # Wrong input belongs beside its field; any other refusal may mean that the request has
        # changed, so the page is read again.
        except Invalid as refusal:
            form.refuse(refusal)
            return self._review(request, page, form, status=refusal.status)
        except Refusal as refusal:
            if repeated_clicks.has_voted(stage, request.POST.get("choice", ""), person(request)):
                messages.info(request, repeated_clicks.DONE)
                return redirect(address(page.access_request))
            return self._refused(request, object_id, stage, refusal)

    def reassign(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let another reviewer decide in somebody's place on the open step."""
        page, who = self._page(request, object_id), person(request)
        if page.stage is None or not page.may_reassign:
            messages.error(request, NOT_REASSIGNED)
            return redirect(address(page.access_request))
        data = request.POST if request.method == "POST" else None
        form = ReassignmentForm(data, stage=page.stage, who=who, now=page.now)
        context = {"title": f"Reassign a seat: {page.title}", "page": page, "form": form}
        return self.perform(
            request,
            form,
            lambda: form.reassign(by=who),
            page=lambda status: self.show(
                request, "accessrequest/reassign.html", context, status=status
            ),
            go_on=lambda _: redirect(address(page.access_request)),
            message="{0.delegate} can decide in place of {0.person}.",
        )

    def _decide(
        self, request: HttpRequest, page: ReviewPage, stage: Stage, form: DecisionForm
    ) -> HttpResponse:
        who = person(request)
        decision_form.check_still_shown(stage, form, by=who)
        if "back" in request.POST:
            return self._review(request, page, _typed_again(stage, request.POST))
        if not form.is_valid():
            return self._review(request, page, form, status=Invalid.status)
        choice = form.cleaned_data["choice"]
        title = consequences.TITLES[choice]
        if "confirmed" not in request.POST:
            sentences = consequences.sentences(page, form)
            context: dict[str, Any] = {
                "verb": title,
                "sentences": sentences,
                "page": page,
                "form": form,
            }
            context["title"] = f"{title}: {page.title}"
            context["comment_form"] = CommentForm.kept(request.POST)
            return self.show(request, "accessrequest/confirm.html", context)
        decision_form.cast_vote(stage, form, by=who)
        link = format_html('<a href="{}">{}</a>', address(page.access_request), page.title)
        messages.success(request, format_html("{} “{}”.", consequences.DONE[choice], link))
        return redirect(_next_to_decide(who))

    def comment(self, request: HttpRequest, object_id: str) -> HttpResponse:
        access_request, who = self.load(request, object_id), person(request)
        thread = f"{address(access_request)}#comments"
        if request.method != "POST":
            return redirect(thread)
        form = CommentForm(request.POST)

        def show(status: int, shown: CommentForm = form) -> HttpResponse:
            page = self._page(request, object_id)
            decision = _typed_again(page.stage, request.POST) if page.stage else None
            return self._review(request, page, decision, comment_form=shown, status=status)

        # Somebody who was writing a decision finds it again; nothing of it is stored.
        is_deciding = bool(request.POST.get("reason", "").strip())
        return self.perform(
            request,
            form,
            lambda: comments.comment(access_request, by=who, **form.cleaned_data),
            page=show,
            go_on=lambda _: show(200, CommentForm()) if is_deciding else redirect(thread),
            message="Comment added.",
            was_done=lambda: was_just_written(access_request, by=who, **form.cleaned_data),
        )

    def _refused(
        self, request: HttpRequest, object_id: str, stage: Stage, refusal: Refusal
    ) -> HttpResponse:
        """Show the refusal and keep the input; if the step was decided meanwhile, say how."""
        page = ReviewPage(self.load(request, object_id), person(request), timezone.now())
        if page.stage and page.stage.pk == stage.pk:
            form = _typed_again(page.stage, request.POST)
            return self._review(request, page, form, refusal=refusal)
        decided = next(step for step in page.steps if step["stage"].pk == stage.pk)
        word = "Decided" if stage_decided(decided["stage"]) else "Closed"
        context = {"title": f"{word} in the meantime: {page.title}", "page": page}
        context |= {"refusal": refusal, "decided": decided, "typed": request.POST.get("reason", "")}
        context["comment_form"] = CommentForm.kept(request.POST)
        return self.show(request, "accessrequest/meanwhile.html", context, status=refusal.status)

    def _review(
        self,
        request: HttpRequest,
        page: ReviewPage,
        form: DecisionForm | None,
        *,
        comment_form: CommentForm | None = None,
        refusal: Refusal | None = None,
        status: int = 200,
    ) -> HttpResponse:
        who, desk = person(request), desk_access.of_reader(request)
        context = {
            "title": page.title,
            "page": page,
            "form": form,
            "comment_form": comment_form or CommentForm.kept(request.POST),
            "typed_reason": request.POST.get("reason", ""),
            "saved_reasons": saved_reasons.offered(who, page.access_request) if form else (),
            "refusal": refusal,
            "delegation_form": DelegationForm(who=who) if desk.is_reviewer else None,
            "why_not_delegate": NEEDS_REVIEWER,
            "open_state": StageState.OPEN,
            "related": related(page),
            **history(page),
        }
        status = refusal.status if refusal else status
        return self.show(request, "accessrequest/review.html", context, status=status)


def _next_to_decide(who: User) -> str:
    """Return the page of the next request that waits for this person, or else their inbox."""
    stage = inbox.waiting_for(who, timezone.now()).first()
    return address(stage.access_request) if stage else reverse("admin:index")


def stage_decided(stage: Stage) -> bool:
    return stage.state in (StageState.PASSED, StageState.FAILED)


def _typed_again(stage: Stage, typed: QueryDict) -> DecisionForm:
    return DecisionForm(stage=stage, typed=typed)


def address(access_request: AccessRequest) -> str:
    return reverse("admin:requests_app_accessrequest_change", args=[access_request.pk])
