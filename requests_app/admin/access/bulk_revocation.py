"""Bulk revocation on the review desk: preview, confirmation by name, and receipt."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from lifecycle.admin_columns import column
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import Institution, User
from requests_app.actions.endings import bulk_revocation
from requests_app.admin.base import RowPageAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.admin.typed_confirmation import TypedReasonForm, preview
from requests_app.models import BulkRevocation, Policy
from requests_app.refusals import NotAllowed
from requests_app.reports import receipts
from requests_app.transitions.affected import RevocationSubject, affected_by

KINDS: Mapping[BulkRevocation.Kind, Callable[[], QuerySet[Any]]] = {
    BulkRevocation.Kind.PERSON: User.objects.all,
    BulkRevocation.Kind.INSTITUTION: Institution.objects.all,
    BulkRevocation.Kind.POLICY: Policy.objects.all,
    BulkRevocation.Kind.MODEL: AIModel.objects.all,
}
ALSO = {
    BulkRevocation.Kind.PERSON: "Their account is no longer in good standing and they can't "
    "sign in.",
    BulkRevocation.Kind.INSTITUTION: "Covers access requested on its behalf, whoever holds it, and "
    "access of people who worked there when it was granted or since. They stay in good standing.",
    BulkRevocation.Kind.POLICY: "The policy stays in force.",
    BulkRevocation.Kind.MODEL: "The model is withdrawn: no more access to it is granted. "
    "Grants that also include other models end too.",
}


@admin.register(BulkRevocation)
class BulkRevocationAdmin(RowPageAdmin):
    """Past bulk revocations; a new one starts from the page of its subject."""

    list_display = ("public_id", "kind", "name", "by", column("at"), "people")
    list_select_related = ("by",)

    def is_offered(self, desk: DeskAccess) -> bool:
        return (desk.owns or desk.who.is_superuser) and desk.is_filled(BulkRevocation)

    def scope(self, who: User) -> Q:
        """Those by the person, and those that ended something under their policies."""
        return Q(by=who) | receipts.of_owner(who)

    def get_urls(self) -> list[URLPattern]:
        begin = [
            path(
                f"{kind.value}/<int:pk>/",
                self.admin_site.admin_view(partial(self.begin, kind=kind)),
                name=f"requests_app_bulkrevocation_{kind.value}",
            )
            for kind in KINDS
        ]
        return [*begin, *super().get_urls()]

    def begin(self, request: HttpRequest, pk: int, *, kind: BulkRevocation.Kind) -> HttpResponse:
        subject: RevocationSubject = get_object_or_404(KINDS[kind](), pk=pk)
        who, name = person(request), bulk_revocation.subject_name(subject)
        if sentence := bulk_revocation.why_not_revoke_all(subject, who):
            raise NotAllowed(sentence)
        if isinstance(subject, Institution):
            bulk_revocation.check_standing(subject)
        form = TypedReasonForm(request.POST if request.method == "POST" else None, name=name)
        return self.perform(
            request,
            form,
            lambda: bulk_revocation.revoke_everything(
                subject,
                by=who,
                reason=form.cleaned_data["reason"],
                # "-" is no digest, so a form without one counts as one of another preview.
                shown=form.cleaned_data["shown"] or "-",
            ),
            page=lambda status: self._begin_page(request, subject, kind, form, status),
            go_on=lambda done: redirect("admin:requests_app_bulkrevocation_change", done.pk),
        )

    def _begin_page(
        self,
        request: HttpRequest,
        subject: RevocationSubject,
        kind: BulkRevocation.Kind,
        form: TypedReasonForm,
        status: int,
    ) -> HttpResponse:
        context = {
            "title": f"Revoke all access under {form.name}",
            "heading": "What would end",
            "subject": "Bulk revocations",
            "back": reverse("admin:requests_app_bulkrevocation_changelist"),
            "warning": f"All of this ends immediately and permanently. {ALSO[kind]}",
            "button": f"Revoke all access under {form.name}",
            "form": form,
            **preview(affected_by(subject)),
        }
        return self.show(request, "confirm_typed.html", context, status=status)

    def row_page(self, request: HttpRequest, ending: BulkRevocation) -> HttpResponse:
        """Show the receipt: each grant and key, and since when it is refused."""
        context = {"title": f"Receipt {ending}", "ending": ending}
        context |= receipts.shown_to(person(request), ending)
        return self.show(request, "bulkrevocation/receipt.html", context)
