"""Service tokens on the review desk: one's own, or all for superusers."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from lifecycle.text.durations import format_duration
from lifecycle.text.form_fields import LineField
from requests_app.actions.keys import service_tokens
from requests_app.actions.keys.service_tokens import NewToken
from requests_app.admin.base import ActionForm, Button, SinglePageAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.admin.typed_confirmation import TypedForm
from requests_app.models import GATEWAY_PERMISSIONS, ServiceToken, TokenPermission

MAX_ROWS = 200
DEFAULT_DAYS = 90


class ServiceTokenForm(ActionForm):
    """A new token, which ends at midnight UTC."""

    name = LineField(label="Purpose", max_length=100)
    owner = forms.EmailField(
        label="Owner",
        help_text="The email address of the person responsible for it. The token acts as this "
        "person.",
    )
    permissions = forms.MultipleChoiceField(
        label="Permissions", choices=TokenPermission.choices, widget=forms.CheckboxSelectMultiple
    )
    ends_on = forms.DateField(
        label="Until",
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text="It ends at midnight UTC, at most "
        f"{format_duration(service_tokens.MAX_LIFETIME)} from now.",
    )

    use_required_attribute = False
    field_names = {"expires_at": "ends_on"}

    def __init__(self, data: QueryDict | None = None, *, by: User) -> None:
        end = timezone.now().date() + timedelta(days=DEFAULT_DAYS)
        super().__init__(data, initial={"ends_on": end}, auto_id="id_token_%s")
        if not by.is_superuser:
            del self.fields["owner"]
            permissions = cast(forms.MultipleChoiceField, self.fields["permissions"])
            permissions.choices = [
                one for one in TokenPermission.choices if one[0] not in GATEWAY_PERMISSIONS
            ]

    def clean_owner(self) -> User:
        owner = addresses.person_at(self.cleaned_data["owner"])
        if owner is None:
            raise forms.ValidationError("No account has this address.")
        return owner

    def create(self, *, by: User) -> NewToken:
        cleaned = self.cleaned_data
        return service_tokens.create(
            cleaned["name"],
            owner=cleaned.get("owner", by),
            permissions=cleaned["permissions"],
            expires_at=datetime.combine(cleaned["ends_on"], time(), tzinfo=UTC),
            by=by,
        )


@admin.register(ServiceToken)
class ServiceTokenAdmin(SinglePageAdmin):
    """One page with the tokens and the form for a new one."""

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.sees_tokens

    def scope(self, who: User) -> Q:
        return Q(owner=who)

    def get_urls(self) -> list[URLPattern]:
        wrap, page = self.admin_site.admin_view, "requests_app_servicetoken"
        return [
            path("<path:object_id>/rotate/", wrap(self.rotate), name=f"{page}_rotate"),
            path("<path:object_id>/revoke/", wrap(self.revoke), name=f"{page}_revoke"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        typed = request.POST if request.method == "POST" else None
        form = ServiceTokenForm(typed, by=person(request))
        return self.perform(
            request,
            form,
            lambda: form.create(by=person(request)),
            page=lambda status: self._page(request, form, status),
            go_on=lambda new: self._shown(request, new),
        )

    @method_decorator(require_POST)
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a successor; the old one works for a day."""
        token = self.load(request, object_id)
        return self.perform(
            request,
            Button(request),
            lambda: service_tokens.rotate(token, by=person(request)),
            page=lambda _: self.home(),
            go_on=lambda new: self._shown(request, new),
        )

    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Revoke for good, once the token's name is typed."""
        token = self.load(request, object_id)
        form = TypedForm(request.POST if request.method == "POST" else None, name=token.name)
        context = {"title": f"Revoke {token}", "token": token, "form": form}
        context["permissions"] = self._labels(token)
        return self.perform(
            request,
            form,
            lambda: service_tokens.revoke(token, by=person(request)),
            page=lambda status: self.show(request, "servicetoken/revoke.html", context, status),
            go_on=lambda _: self.home(),
            message="{} is revoked.",
        )

    def _shown(self, request: HttpRequest, new: NewToken) -> HttpResponse:
        """Show the secret in this response only; a redirect or message would store it."""
        context = {"title": "Your new service token", "new": new}
        show = cache_control(no_store=True, private=True)(self.show)
        return show(request, "servicetoken/shown.html", context, status=201)

    def _page(
        self, request: HttpRequest, form: ServiceTokenForm, status: int = 200
    ) -> HttpResponse:
        rows = self.get_queryset(request).select_related("owner", "revoked_by")
        context = {
            "title": "Service tokens",
            "form": form,
            "rows": [
                (row, self._labels(row), self._may_rotate(row, person(request)))
                for row in rows[:MAX_ROWS]
            ],
            "now": timezone.now(),
            "sees_all": person(request).is_superuser,
        }
        return self.show(request, "servicetoken/tokens.html", context, status=status)

    def _labels(self, token: ServiceToken) -> list[str]:
        return [str(TokenPermission(each).label) for each in token.permissions]

    def _may_rotate(self, token: ServiceToken, who: User) -> bool:
        is_for_gateways = bool(set(token.permissions) & set(GATEWAY_PERMISSIONS))
        return token.replaced_by_id is None and (who.is_superuser or not is_for_gateways)
