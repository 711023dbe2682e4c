"""Forms for standing rules and their lists."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.text.form_fields import CodeField, LineField, ProseField
from requests_app.actions.standing.lists import MAX_ADDRESSES
from requests_app.admin.base import ActionForm
from requests_app.admin.policies.forms import DurationField, limit_field, models_field
from requests_app.models import OPERATIONS, MembershipKind, Policy, StandingRule
from requests_app.models.access.standing_input import StandingRuleInput
from requests_app.rules.permissions import MAX_REASON_LENGTH
from requests_app.validation.standing.rule_input import MAX_CLAIM_LENGTHS, digest, input_of
from requests_app.validation.standing.rule_input import MAX_NAME_LENGTH as MAX_NAME

KINDS = [
    (MembershipKind.GROUP, "Members of a group"),
    (MembershipKind.CLAIM, "Sign-ins with a provider, by a claim"),
    (MembershipKind.LIST, "A list of addresses, kept here or by API"),
]
MAX_LIST_LENGTH = 400 * MAX_ADDRESSES


def provider_choices() -> list[tuple[str, str]]:
    known = settings.SIGN_IN_PROVIDERS
    return [("", "None"), *((name, known[name].label) for name in known)]


class StandingRuleForm(ActionForm):
    """A rule; `shown` is the digest of the text it started from."""

    shown = CodeField(required=False, max_length=64, widget=forms.HiddenInput)
    name = LineField(max_length=MAX_NAME, help_text="Members see it, and so does everyone after.")
    ai_models = forms.ModelMultipleChoiceField(
        AIModel.objects.none(), label="Models", widget=forms.CheckboxSelectMultiple
    )
    kind = forms.ChoiceField(label="Who may start access", choices=KINDS)
    group = forms.ModelChoiceField(
        Group.objects.order_by("name"), required=False, help_text="Only for members of a group."
    )
    claim_provider = forms.ChoiceField(
        required=False, label="Provider", choices=provider_choices, help_text="Only for a claim."
    )
    claim_name = CodeField(
        required=False,
        label="Claim",
        max_length=MAX_CLAIM_LENGTHS["claim_name"],
        help_text="Only for a claim: its name, like groups.",
    )
    claim_value = CodeField(
        required=False,
        label="Value",
        max_length=MAX_CLAIM_LENGTHS["claim_value"],
        help_text="Only for a claim: its text, or one in its list.",
    )
    operations = forms.MultipleChoiceField(
        choices=[(name, name) for name in OPERATIONS],
        initial=list(OPERATIONS),
        widget=forms.CheckboxSelectMultiple,
    )
    duration = DurationField(
        label="Length of each access", help_text="A number and a unit: 90 days."
    )
    ends_at = forms.DateTimeField(
        label="Rule ends at",
        help_text="UTC, like 2026-11-22 09:00. All access by it ends then.",
        error_messages={"invalid": "Enter it like 2026-11-22 09:00."},
    )
    requests_per_minute = limit_field("requests_per_minute", "Requests per minute")
    requests_per_day = limit_field("requests_per_day", "Requests per day (UTC)")
    tokens_per_day = limit_field("tokens_per_day", "Tokens per day (UTC)")
    spend_cap = limit_field("spend_cap", "USD in total")

    use_required_attribute = False

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, rule: StandingRule | None = None, **how: Any
    ) -> None:
        if rule:
            text = input_of(rule)
            how["initial"] = {**vars(text), "shown": digest(text)}
        super().__init__(data, **how)
        if rule:
            models_field(self).queryset = rule.policy.ai_models.all()

    def text(self) -> StandingRuleInput:
        values = {n: v for n, v in self.cleaned_data.items() if n not in ("shown", "policy")}
        return StandingRuleInput(**{**values, "ai_models": list(values["ai_models"])})


class NewStandingRuleForm(StandingRuleForm):
    """A new rule, for a policy of the person's own."""

    policy = forms.ModelChoiceField(Policy.objects.none())

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, by: User, policy: str = ""
    ) -> None:
        super().__init__(data, initial={"policy": policy})
        owned = Policy.objects.filter(owners__in=by.groups.all()).order_by("name")
        cast("forms.ModelChoiceField[Policy]", self.fields["policy"]).queryset = owned
        models_field(self).queryset = AIModel.objects.filter(policies__in=owned).order_by("name")


class EndForm(ActionForm):
    """Why a rule ends."""

    reason = ProseField(
        required=False, max_length=MAX_REASON_LENGTH, widget=forms.Textarea({"rows": 3})
    )


class ListForm(ActionForm):
    """Addresses to put on a list or to take off it, one on each line."""

    emails = ProseField(
        required=False,
        label="Addresses",
        max_length=MAX_LIST_LENGTH,
        help_text="One on each line.",
        widget=forms.Textarea({"rows": 4, "spellcheck": "false"}),
    )

    def named(self) -> list[str]:
        return str(self.cleaned_data["emails"]).split()
