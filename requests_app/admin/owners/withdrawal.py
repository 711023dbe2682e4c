"""Withdraw a model under a policy: what its users lose, and the model's name typed."""

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from requests_app.actions.grants import model_withdrawal
from requests_app.admin.base import ReadOnlyAdmin, person
from requests_app.admin.typed_confirmation import TypedReasonForm, confirm
from requests_app.rules import watchers
from requests_app.transitions import affected

PAGE = "admin:requests_app_policy_change"
WARNING = (
    "From then on, no key can use {model}, and nothing more is granted. Grants of other models go "
    "on for those. This can't be undone."
)


class WithdrawalForm(TypedReasonForm):
    """From when, why, and the model's identifier typed."""

    at = forms.DateTimeField(
        required=False,
        label="From",
        help_text="UTC, like 2026-11-22 09:00. Leave blank for now.",
        error_messages={"invalid": "Enter it like 2026-11-22 09:00, or leave blank for now."},
    )

    field_order = ("at", "reason", "typed")

    def __init__(self, data: QueryDict | None = None, *, name: str) -> None:
        super().__init__(data, name=name)
        self.fields["reason"].help_text = "Everyone who uses the model will see this."


class WithdrawableModels(ReadOnlyAdmin):
    """Adds the withdrawal of each of its models to the pages of a policy."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.withdraw)
        name = "requests_app_policy_withdraw"
        return [path("<path:object_id>/withdraw/<int:pk>/", view, name=name), *super().get_urls()]

    def withdraw(self, request: HttpRequest, object_id: str, pk: int) -> HttpResponse:
        policy, who = self.load(request, object_id), person(request)
        ai_model = get_object_or_404(policy.ai_models, pk=pk)
        if request.method != "POST":
            model_withdrawal.check(policy, ai_model, who)
        form = WithdrawalForm(
            request.POST if request.method == "POST" else None, name=ai_model.identifier
        )
        return confirm(
            self,
            request,
            form,
            affected.of_grants(watchers.grants_of(ai_model)),
            lambda: model_withdrawal.withdraw(
                policy,
                ai_model,
                by=who,
                reason=form.cleaned_data["reason"],
                at=form.cleaned_data["at"],
            ),
            page={
                "title": f"Withdraw {ai_model}",
                "heading": "What would lose the model",
                "subject": f"Policy {policy}",
                "warning": WARNING.format(model=ai_model),
                "back": reverse(PAGE, args=[policy.pk]),
                "button": f"Withdraw {ai_model}",
                "people": watchers.users_of(ai_model).count(),
                "kept": watchers.requests_of(ai_model).count(),
            },
            message="{} is withdrawn. We have notified its users.",
        )
