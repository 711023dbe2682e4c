"""People on the review desk: mail problems, and the effects of changes on open steps."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from lifecycle.people.admin import PersonAdmin
from lifecycle.people.models import Institution, User
from lifecycle.people.sign_in.admin import AddressAdmin, IdentityAdmin
from requests_app.actions.requests import affiliations
from requests_app.actions.review import desk_members, stages
from requests_app.actions.standing import access
from requests_app.admin.base import person
from requests_app.transitions import gateway_barrier

WHO_MAY_VOTE = {"is_active", "is_staff", "institution", "groups"}


class DeskPersonAdmin(PersonAdmin):
    """Shows refused addresses, and rechecks open steps after a change of who may vote."""

    def get_list_display(self, request: HttpRequest) -> Any:
        return (*super().get_list_display(request), "mail_problem")

    def get_list_filter(self, request: HttpRequest) -> Any:
        return (*super().get_list_filter(request), ("mail_problem", EmptyFieldListFilter))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "mail_problem")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return (*fieldsets, ("Email", {"fields": ("mail_problem",)})) if obj else fieldsets

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Record the changes and recheck open steps on commit; the sweep is the fallback."""
        super().save_related(request, form, formsets, change)
        if "institution" in form.changed_data:
            before = Institution.objects.filter(pk=form.initial.get("institution")).first()
            affiliations.note_change(form.instance, before, by=person(request))
        if {"is_active", "groups"} & set(form.changed_data):
            access.recheck_person(form.instance, by=person(request))
        if "groups" in form.changed_data:
            before = form.initial.get("groups", ())
            desk_members.note_groups(form.instance, before, by=person(request))
        if WHO_MAY_VOTE & set(form.changed_data):
            transaction.on_commit(stages.recheck_all, robust=True)
        # Saved by the admin itself, so there is no event that would wait for the gateways.
        if "is_active" in form.changed_data:
            gateway_barrier.wait_for_gateways()


class DeskIdentityAdmin(IdentityAdmin):
    """Ends standing access by a claim of the account that is removed."""

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        access.recheck_person(obj.user, by=person(request))


class DeskAddressAdmin(AddressAdmin):
    """Ends standing access by a list with the address that is removed."""

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        access.recheck_person(obj.user, by=person(request))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for address in queryset:
            self.delete_model(request, address)


for row, page in (
    (User, DeskPersonAdmin),
    (SocialAccount, DeskIdentityAdmin),
    (EmailAddress, DeskAddressAdmin),
):
    admin.site.unregister(row)
    admin.site.register(row, page)
