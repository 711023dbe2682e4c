"""Keys at other gateways on the review desk, with pending and stuck ones."""

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from lifecycle.admin_columns import short
from lifecycle.people.models import User
from requests_app.admin.base import ReadOnlyAdmin
from requests_app.admin.desk_access import DeskAccess
from requests_app.admin.filters import OfferedValuesFilter
from requests_app.models import AccessRequest, ExternalKey, ExternalKeyState
from requests_app.rules.desk.visibility import requests_visible_to


class ExternalKeyStateFilter(OfferedValuesFilter):
    title, parameter_name = "state", "standing"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [
            ("stuck", "Stuck"),
            *((state.value, str(state.label)) for state in ExternalKeyState),
        ]

    def condition(self, request: HttpRequest, value: str) -> Q:
        return Q(stuck_at__isnull=False) if value == "stuck" else Q(state=value)


@admin.register(ExternalKey)
class ExternalKeyAdmin(ReadOnlyAdmin):
    """The state of each key at its gateway, and failed tries."""

    list_display = ("reference", "issuer", "standing", "reported_at", "next_try", "problem")
    list_display_links = None
    list_filter = (ExternalKeyStateFilter,)

    @admin.display(description="state")
    def standing(self, row: ExternalKey) -> str:
        state = row.get_state_display()
        if not row.stuck_at:
            return state
        return format_html("{}, stuck since {} UTC", state, short(row.stuck_at))

    @admin.display(description="confirmed (UTC)")
    def reported_at(self, row: ExternalKey) -> str | None:
        """When the gateway last confirmed that the key exists or is gone."""
        at = row.gone_at or row.confirmed_at
        return short(at) if at else None

    @admin.display(description="next try (UTC)")
    def next_try(self, row: ExternalKey) -> str | None:
        if not row.next_try_at:
            return None
        at = short(row.next_try_at, "%-d %b, %H:%M")
        return format_html("{} (tries: {})", at, row.tries) if row.tries else at

    def is_offered(self, desk: DeskAccess) -> bool:
        return desk.sees_requests and desk.is_filled(ExternalKey)

    def scope(self, who: User) -> Q:
        """Keys of visible requests; those that belong to no key of ours are for superusers only."""
        seen = AccessRequest.objects.filter(requests_visible_to(who, timezone.now()))
        return Q(Exists(seen.filter(pk=OuterRef("key__grant__access_request"))))
