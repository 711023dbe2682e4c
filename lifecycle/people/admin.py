"""People in the admin: accounts, standing, groups and institutions."""

from types import MappingProxyType
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest

from lifecycle.people import account_deletion
from lifecycle.people.email import addresses, changes
from lifecycle.people.email.normalization import comparable_address
from lifecycle.people.models import Institution, User
from lifecycle.people.orcid import OrcidField
from lifecycle.people.sign_in import admin as sign_in_admin
from lifecycle.text.admin import TextAdmin

__all__ = ["InstitutionAdmin", "PersonAdmin", "is_superuser", "sign_in_admin"]


def is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


class UniqueEmailMixin(forms.BaseForm):
    """Mixin for a person's form: requires a deliverable address that nobody else uses."""

    instance: User

    def clean_email(self) -> str:
        if self._keeps_email():
            return self.instance.email
        email = addresses.cleaned(str(self.cleaned_data["email"]))
        if addresses.is_taken(email, but=self.instance):
            raise forms.ValidationError("Another account already uses this address.")
        return email

    def _get_validation_exclusions(self) -> set[str]:
        """Don't validate an unchanged address, which may predate the rules for addresses."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's
        return excluded | {"email"} if self._keeps_email() else excluded

    def _keeps_email(self) -> bool:
        return not self.instance._state.adding and "email" not in self.changed_data


class PersonForm(UniqueEmailMixin, UserChangeForm[User]):
    """The form for an existing person."""


class NewPersonForm(UniqueEmailMixin, AdminUserCreationForm[User]):
    """The form for a new person."""


@admin.register(User)
class PersonAdmin(TextAdmin, UserAdmin[User]):
    form, add_form = PersonForm, NewPersonForm
    ordering = ("email",)
    list_display = ("email", "full_name", "institution", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "groups")
    list_select_related = ("institution",)
    search_fields = ("email", "orcid")
    search_forms = MappingProxyType({"email": comparable_address})
    search_comparable = ("comparable_name",)
    readonly_fields = ("joined_at", "last_login")
    autocomplete_fields = ("institution",)
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (
            "Profile",
            {"fields": ("full_name", "institution", "orcid", "country", "time_zone", "language")},
        ),
        ("Standing", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("joined_at", "last_login")}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "orcid":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return OrcidField(required=False, help_text=db_field.help_text)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save the person; an ORCID iD entered by somebody else isn't verified any more."""
        if "orcid" in form.changed_data:
            obj.orcid_verified_at = None
        if not (change and "email" in form.changed_data):
            super().save_model(request, obj, form, change)
            return
        # Saved with the old address: only `changes.replace` ends sessions and notifies both.
        email, obj.email = obj.email, form.initial["email"]
        super().save_model(request, obj, form, change)
        self._change_address(request, obj, email)

    def _change_address(self, request: HttpRequest, person: User, email: str) -> None:
        def warn(address: str) -> None:
            messages.warning(request, f"We couldn't send an email about it to {address}.")

        own = request.session.session_key if person == request.user else None
        changes.replace(person, email, session=own, not_notified=warn)
        person.email = email

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only superusers: whoever edits people could make themselves a reviewer.

        Nobody edits a deleted account: with a new address, somebody else would get its history.
        """
        return is_superuser(request) and not (obj and account_deletion.is_deleted(obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never: records refer to people. Take away their good standing instead."""
        return False

    add_fieldsets = (
        (None, {"fields": ("email", "full_name", "usable_password", "password1", "password2")}),
    )


@admin.register(Institution)
class InstitutionAdmin(TextAdmin):
    """Institutions; profiles add new ones, and here they become suggestions or stop being one."""

    list_display: tuple[str, ...] = ("name", "is_curated")
    list_filter = ("is_curated",)
    search_fields = ("name",)
    search_comparable = ("comparable_name",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """An institution added here is meant to be suggested."""
        return {"is_curated": True}


admin.site.unregister(Group)


@admin.register(Group)
class NamedGroupAdmin(TextAdmin, GroupAdmin):
    """Groups; their names appear in policy files and are cleaned like other names.

    A group with members isn't deleted: with each of them goes what they may do, and nothing says
    so.
    """

    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        has_members = obj is not None and obj.user_set.exists()
        return super().has_delete_permission(request, obj) and not has_members
