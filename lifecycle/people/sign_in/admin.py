"""Sign-in data on the desk, which superusers may delete and nobody can edit."""

from types import MappingProxyType
from typing import Any

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.admin import UserSession
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from lifecycle.admin_columns import column
from lifecycle.people.email.normalization import comparable_address
from lifecycle.people.sign_in import external_accounts
from lifecycle.text.admin import TextAdmin

# allauth's admin pages would let a superuser give a factor or an identity to somebody else, or mark
# an address as verified that nobody answered from, although invitations rely on that.
# Providers come from the environment, and their tokens aren't stored.
for model in (Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken, UserSession):
    admin.site.unregister(model)


class DeleteOnlyAdmin(TextAdmin):
    """Rows that can only be deleted, for example after a lost device."""

    list_select_related = ("user",)
    search_fields = ("user__email",)
    search_forms = MappingProxyType(dict.fromkeys(("email", "user__email"), comparable_address))
    search_comparable = ("user__comparable_name",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(getattr(request.user, "is_superuser", False))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)


@admin.register(EmailAddress)
class AddressAdmin(DeleteOnlyAdmin):
    list_display = ("email", "user", "primary", "verified")
    list_filter = ("primary", "verified")
    search_fields = ("email",)
    fields = ("user", "email", "primary", "verified")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not the main address, which signs in and receives email."""
        if obj and (obj.primary or comparable_address(obj.email) == obj.user.email):
            return False
        return super().has_delete_permission(request, obj)


@admin.register(Authenticator)
class FactorAdmin(DeleteOnlyAdmin):
    list_display = ("user", "type", column("created_at"), column("last_used_at"))
    fields = ("user", "type", "created_at", "last_used_at")


@admin.register(SocialAccount)
class IdentityAdmin(DeleteOnlyAdmin):
    list_display = ("user", "provider", "account", column("last_login"))
    fields = ("user", "provider", "account", "date_joined", "last_login")
    readonly_fields = ("account",)

    @admin.display(description="Account there", ordering="uid")
    def account(self, identity: SocialAccount) -> str:
        """What the provider calls it."""
        return str(identity.uid)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        external_accounts.forget_orcid(obj)
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for identity in queryset:
            self.delete_model(request, identity)
