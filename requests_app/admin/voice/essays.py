"""Essays on the review desk: read one, and vote on it."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from lifecycle.admin_columns import column
from lifecycle.people.models import User
from lifecycle.text.form_fields import CodeField, ProseField
from lifecycle.voice.models import Essay
from requests_app.actions.review import read_log
from requests_app.actions.review.ballots import REASON_REQUIRED
from requests_app.actions.voice import essay_votes
from requests_app.admin.base import RowPageAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.admin.voice.base import RecordForm
from requests_app.admin.voice.essay_visibility import essays_visible_to
from requests_app.models import Stage, Vote
from requests_app.refusals import WrongState
from requests_app.reports.review import looks
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import MAX_REASON_LENGTH, why_not
from requests_app.rules.quorum import denials_to_fail
from requests_app.rules.roles import in_group
from requests_app.states import StageState

PAGE = "admin:voice_essay_change"
CHOICES = (("approve", "Publish"), ("veto", "Veto"), ("recuse", "Recuse"))
NO_STAGE = "No step is waiting for a decision."


class EssayVoteForm(RecordForm):
    """A vote; `shown` is the digest of what the page showed."""

    shown = CodeField(max_length=64, widget=forms.HiddenInput)
    choice = forms.ChoiceField(label="Decision", choices=CHOICES, widget=forms.RadioSelect)
    reason = ProseField(
        label="Reason",
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea({"rows": 4}),
        help_text="The reason of a veto becomes public, without your name. Don't quote the text.",
        error_messages={"required": REASON_REQUIRED},
    )


class WithdrawalForm(RecordForm):
    """Why it is withdrawn; kept in the event."""

    reason = ProseField(
        label="Reason, if you want to give one",
        required=False,
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea({"rows": 3}),
        help_text="It isn't public.",
    )


@admin.register(Essay)
class EssayAdmin(RowPageAdmin):
    """The essays that the person may review; all for catalogue editors."""

    list_display = ("title", "series", "number", "state", column("handed_in_at"))
    list_filter = ("state",)
    list_select_related = ("series",)
    ordering = ("-handed_in_at", "-pk")

    def is_offered(self, desk: DeskAccess) -> bool:
        return (desk.edits_catalogue or desk.reviews) and desk.is_filled(Essay)

    def scope(self, who: User) -> Q:
        return essays_visible_to(who, timezone.now())

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<path:object_id>/vote/", wrap(self.vote), name="voice_essay_vote"),
            path("<path:object_id>/withdraw/", wrap(self.withdraw), name="voice_essay_withdraw"),
            *super().get_urls(),
        ]

    def row_page(self, request: HttpRequest, essay: Essay) -> HttpResponse:
        return self._page(request, essay, EssayVoteForm(initial={"shown": essay.shown_digest()}))

    def vote(self, request: HttpRequest, object_id: str) -> HttpResponse:
        essay = self.load(request, object_id)
        if request.method != "POST":
            return redirect(PAGE, essay.pk)
        form = EssayVoteForm(request.POST)
        return self.perform(
            request,
            form,
            lambda: _cast(essay, form.cleaned_data, by=person(request)),
            page=lambda status: self._page(request, essay, form, status),
            go_on=lambda _: redirect(PAGE, essay.pk),
            message="Your vote is recorded.",
        )

    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        essay = self.load(request, object_id)
        if request.method != "POST":
            return redirect(PAGE, essay.pk)
        form = WithdrawalForm(request.POST)
        vote = EssayVoteForm(initial={"shown": essay.shown_digest()})
        return self.perform(
            request,
            form,
            lambda: essay_votes.withdraw(essay, by=person(request), **form.cleaned_data),
            page=lambda status: self._page(request, essay, vote, status, withdrawal_form=form),
            go_on=lambda _: redirect(PAGE, essay.pk),
            message="Withdrawn. Its reviewers are told.",
        )

    def _page(
        self,
        request: HttpRequest,
        essay: Essay,
        form: EssayVoteForm,
        status: int = 200,
        **forms_: Any,
    ) -> HttpResponse:
        who, now = person(request), timezone.now()
        read_log.record_read_of_essay(essay, by=who)
        rows = essay.stages.select_related("step__reviewers", "step__version__policy")
        stages = list(rows.prefetch_related("votes__voter", "votes__seat"))
        context = {
            "title": essay.title,
            "essay": essay,
            "stages": [_shown(stage, who) for stage in stages],
            "why_not": _why_not(stages, who, now),
            "form": form,
            "can_withdraw": why_not("withdraw", essay, who) is None,
            "withdrawal_form": WithdrawalForm(),
            "log": {"read_log": _read_log(essay, stages, who)},
            **forms_,
        }
        return self.show(request, "voice/essay.html", context, status)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return person(request).is_staff


def _read_log(essay: Essay, stages: list[Stage], who: User) -> list[Any]:
    """Return who has read it; only for those responsible for its review."""
    owners = stages[0].step.version.policy.owners_id
    if not (who.is_superuser or in_group(who, owners)):
        return []
    return looks.by_person(essay.read_log.all())


def _cast(essay: Essay, cleaned: dict[str, Any], *, by: User) -> Stage:
    stage = essay.stages.open().first()
    if stage is None:
        raise WrongState(NO_STAGE)
    reason, shown = cleaned["reason"], cleaned["shown"]
    if cleaned["choice"] == "recuse":
        return essay_votes.recuse(stage, by=by, reason=reason)
    return ACTS[cleaned["choice"]](stage, by=by, reason=reason, shown=shown)


ACTS: Mapping[str, Callable[..., Stage]] = {
    "approve": essay_votes.approve,
    "veto": essay_votes.veto,
}


def _why_not(stages: list[Stage], who: User, now: Any) -> str:
    """Return why `who` can't vote; empty if they can."""
    stage = next((each for each in stages if each.state == StageState.OPEN), None)
    if stage is None:
        return NO_STAGE
    return VotingPanel(stage, now).obstacle(who) or ""


def _shown(stage: Stage, who: User) -> dict[str, Any]:
    """Return a stage with the votes that `who` may see: on an open blind step only their own."""
    hidden = stage.step.blind and stage.state == StageState.OPEN
    votes: list[Vote] = [
        vote for vote in stage.votes.all() if not hidden or vote.voter_id == who.pk
    ]
    return {"stage": stage, "votes": votes, "hidden": hidden, "vetoes": denials_to_fail(stage)}
