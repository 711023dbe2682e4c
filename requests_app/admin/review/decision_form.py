"""The decision form in two steps: the choice, then its confirmation."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import QueryDict
from django.utils import timezone

from lifecycle.people.models import User
from lifecycle.text.form_fields import CodeField, ProseField
from lifecycle.text.numbers import WholeField
from requests_app.actions.review import ballots, votes
from requests_app.admin.base import ActionForm
from requests_app.models import AccessRequest, DenialReason, Scope, Stage, UsageLimits, Vote
from requests_app.models.requests.scope import LIMIT_FIELDS
from requests_app.refusals import WrongState
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import MAX_REASON_LENGTH, check
from requests_app.wording import limits

Choice = Vote.Choice
TEXT_FIELDS, LIST_FIELDS = (
    ("reason", "denial", "days", *LIMIT_FIELDS),
    ("without_models", "without_operations"),
)
ONLY_WITH_APPROVAL = (
    "You can only grant less when you approve. Choose Approve, or restore the original scope."
)
NEVER_HIGHER = "You can lower a limit, but not raise it."


class DecisionForm(ActionForm):
    """One vote; `shown` is the digest of what the page showed.

    An approval leaves out what is ticked; with nothing ticked it grants the current scope.
    """

    stage = forms.IntegerField(widget=forms.HiddenInput)
    shown = CodeField(max_length=64, widget=forms.HiddenInput)
    choice = forms.ChoiceField(choices=Choice.choices)
    reason = ProseField(
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea({"rows": 5, "data-key": "e", "data-key-name": "Write the reason"}),
        help_text="Required for every decision and kept with it. The requester sees it if you "
        "decline or request changes.",
        error_messages={"required": ballots.REASON_REQUIRED},
    )
    without_models = forms.MultipleChoiceField(
        label="Exclude these models", required=False, widget=forms.CheckboxSelectMultiple
    )
    without_operations = forms.MultipleChoiceField(
        label="Exclude these operations", required=False, widget=forms.CheckboxSelectMultiple
    )
    days = WholeField(label="Days", required=False, min_value=1)
    denial = forms.ChoiceField(
        label="Reason from the list",
        required=False,
        choices=[("", "Choose one when you decline"), *DenialReason.choices],
        help_text="Only when you decline.",
    )

    use_required_attribute = False  # which fields are required depends on the choice

    def __init__(
        self, data: QueryDict | None = None, *, stage: Stage, typed: QueryDict | None = None
    ) -> None:
        """`typed` prefills a fresh form: the input is kept, the digest and limits are new."""
        self.current_scope = stage.revision.scope()
        days = self.current_scope.duration.days
        kept: dict[str, Any] = {}
        if typed is not None:
            kept = {name: typed.getlist(name) for name in LIST_FIELDS}
            kept |= {name: typed[name] for name in TEXT_FIELDS if name in typed}
        fixed = {"stage": stage.pk, "shown": stage.revision.digest(self.current_scope)}
        standing = {"days": days, **vars(self.current_scope.limits)}
        super().__init__(data, initial={**standing, **kept, **fixed})
        for name, most in vars(self.current_scope.limits).items():
            self.fields[name] = limit_field(name, most)
        for name, offered in (
            ("without_models", self.current_scope.identifiers),
            ("without_operations", self.current_scope.operations),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = [(value, value) for value in offered]
        self.fields["days"].help_text = f"At most {days}, the current length."

    def clean_days(self) -> int:
        days = self.cleaned_data["days"] or self.current_scope.duration.days
        if days > self.current_scope.duration.days:
            raise ValidationError("You can grant fewer days, but not more.")
        return int(days)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        if self.errors:
            return cleaned
        if self.granted_scope.is_empty():
            self.add_error(None, "Keep at least one model and one operation.")
        if self.narrowed_to and cleaned["choice"] != Choice.APPROVE:
            self.add_error(None, ONLY_WITH_APPROVAL)
        if cleaned["choice"] == Choice.DENY and not cleaned["denial"]:
            self.add_error("denial", "Choose a reason for declining from the list.")
        return cleaned

    @property
    def granted_scope(self) -> Scope:
        """The scope that an approval would leave."""
        cleaned, standing = self.cleaned_data, self.current_scope
        same_days = cleaned["days"] == standing.duration.days
        return replace(
            standing,
            identifiers=without(standing.identifiers, cleaned["without_models"]),
            operations=without(standing.operations, cleaned["without_operations"]),
            duration=standing.duration if same_days else timedelta(days=cleaned["days"]),
            limits=UsageLimits(*(self._limit(name) for name in LIMIT_FIELDS)),
        )

    @property
    def limit_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in LIMIT_FIELDS]

    @property
    def has_scope_errors(self) -> bool:
        """Whether a field that belongs to an approval has an error."""
        return bool({NON_FIELD_ERRORS, "days", *LIST_FIELDS, *LIMIT_FIELDS} & set(self.errors))

    def _limit(self, name: str) -> int | None:
        """Return the entered limit, or the current one if the field is empty."""
        typed: int | None = self.cleaned_data[name]
        standing: int | None = getattr(self.current_scope.limits, name)
        return standing if typed is None else typed

    @property
    def narrowed_to(self) -> Scope | None:
        return None if self.granted_scope == self.current_scope else self.granted_scope


def limit_field(name: str, standing: int | None) -> WholeField:
    """Build a field for a limit that may only be lowered, or set if there is none."""
    if standing is None:
        help_text, over = "No limit is set. Enter a number to set one.", limits.out_of_range(name)
    else:
        help_text, over = f"At most {standing:,}, the current limit.", NEVER_HIGHER
    highest = limits.MAX_LIMITS[name] if standing is None else standing
    return WholeField(
        label=limits.LABELS[name].capitalize() if name != "spend_cap" else "USD in total",
        required=False,
        min_value=1,
        max_value=highest,
        help_text=help_text,
        error_messages={"max_value": over},
    )


def chosen_stage(access_request: AccessRequest, data: QueryDict) -> Stage | None:
    """Return the stage named in the form if it belongs to this request, else None."""
    number = data.get("stage", "")
    # Under 19 digits, so that the number fits PostgreSQL's bigint.
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    related = ("step__reviewers", "step__alternates", "revision")
    stage = access_request.stages.select_related(*related).filter(pk=int(number)).first()
    if stage:
        stage.access_request = stage.revision.access_request = access_request
    return stage


def check_still_shown(stage: Stage, form: DecisionForm, *, by: User) -> None:
    """Refuse before the confirmation what the action would refuse after it."""
    check("vote", VotingPanel(stage, timezone.now()), by)
    # Recusing oneself doesn't depend on the text.
    is_recusal = form.data.get("choice") == Choice.RECUSE
    if not is_recusal and form.data.get("shown") != stage.revision.digest():
        raise WrongState(
            "The request has changed since you opened it. Read it again before you decide."
        )


def cast_vote(stage: Stage, form: DecisionForm, *, by: User) -> None:
    """Pass the confirmed form to its action."""
    VOTE_ACTIONS[form.cleaned_data["choice"]](stage, form.cleaned_data, form.narrowed_to, by)


VoteAction = Callable[[Stage, dict[str, Any], Scope | None, User], Stage]
VOTE_ACTIONS: Mapping[str, VoteAction] = {
    Choice.APPROVE: lambda stage, cleaned, scope, by: votes.approve(
        stage, by=by, reason=cleaned["reason"], shown=cleaned["shown"], narrowed_to=scope
    ),
    Choice.DENY: lambda stage, cleaned, scope, by: votes.deny(
        stage, by=by, reason=cleaned["reason"], shown=cleaned["shown"], denial=cleaned["denial"]
    ),
    Choice.RETURN: lambda stage, cleaned, scope, by: votes.ask_for_changes(
        stage, by=by, reason=cleaned["reason"], shown=cleaned["shown"]
    ),
    Choice.RECUSE: lambda stage, cleaned, scope, by: votes.recuse(
        stage, by=by, reason=cleaned["reason"]
    ),
}


def without(values: Iterable[str], removed: Collection[str]) -> tuple[str, ...]:
    return tuple(value for value in values if value not in removed)
