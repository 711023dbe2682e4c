"""Institutions on the desk: their other names, and merging two that are one."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, path

from lifecycle.people.admin import InstitutionAdmin
from lifecycle.people.models import Institution
from lifecycle.text.form_fields import LineField
from lifecycle.text.normalization import comparable
from requests_app.actions.requests import institutions
from requests_app.admin.base import ActingAdmin, ActionForm, person
from requests_app.admin.typed_confirmation import PREVIEW_ROWS, TypedReasonForm
from requests_app.models import InstitutionMerge
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.transitions.merger import Merger

PAGE = "admin:people_institution_change"
MAX_SUGGESTED = 500
CHANGED = "Something changed after the preview. Everybody has moved (people: {people})."


class IntoForm(ActionForm):
    """The name of the institution that stays."""

    into = LineField(
        label="The institution that stays",
        max_length=200,
        help_text="Any of its names.",
        widget=forms.TextInput({"list": "institutions", "autocomplete": "off"}),
    )

    use_required_attribute = False

    def __init__(self, data: QueryDict | None = None, *, old: Institution) -> None:
        super().__init__(data)
        self.old = old

    def clean_into(self) -> Institution:
        name = comparable(self.cleaned_data["into"])
        found = Institution.objects.filter(comparable_name=name).select_related("merged_into")
        institution = found.first()
        if institution is None:
            raise forms.ValidationError("No institution has this name. Check its spelling.")
        standing = institution.merged_into or institution
        if standing == self.old:
            raise forms.ValidationError("Choose another institution.")
        return standing


class MergeForm(TypedReasonForm):
    """Why they are one, and the name of the one that goes."""

    def __init__(self, data: QueryDict | None = None, *, name: str) -> None:
        super().__init__(data, name=name)
        reason = self.fields["reason"]
        reason.label, reason.help_text = "How do you know that they are one?", "For the record."
        reason.error_messages["required"] = institutions.REASON_REQUIRED


class DeskInstitutionAdmin(ActingAdmin, InstitutionAdmin):
    """Shows what an institution was merged with; a merged one is only looked at."""

    list_display = ("name", "is_curated", "merged_into")
    list_select_related = ("merged_into",)
    actions = None

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        more = ("other_names",) if obj else ()
        merged = ("merged_into", "merged_by") if obj and obj.merged_into_id else ()
        return ("name", "is_curated", *more, *merged)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("other_names", "merged_into", "merged_by")

    def other_names(self, row: Institution) -> str:
        return ", ".join(str(each) for each in row.former_names.all()) or "none"

    def merged_by(self, row: Institution) -> str:
        merge = InstitutionMerge.objects.select_related("by").get(merged=row)
        return f"{merge.by}, {merge.at:%-d %b %Y, %H:%M} UTC: {merge.reason}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.merged_into_id)

    def get_urls(self) -> list[URLPattern]:
        merge = self.admin_site.admin_view(self.merge)
        page = path("<path:object_id>/merge/", merge, name="people_institution_merge")
        return [page, *super().get_urls()]

    def merge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the other one, show all that moves, and merge once the name is typed."""
        old, who = self.load(request, object_id), person(request)
        if sentence := institutions.why_not_merge(who):
            raise NotAllowed(sentence)
        if old.merged_into:
            raise WrongState(f"{old} was merged into {old.merged_into} already.")
        choice = IntoForm(request.GET if "into" in request.GET else None, old=old)
        if not choice.is_valid():
            return self._choose(request, old, choice)
        merger = Merger(old, choice.cleaned_data["into"])
        form = MergeForm(request.POST if request.method == "POST" else None, name=old.name)
        digest = merger.digest if form.is_bound else ""

        def go_on(done: InstitutionMerge) -> HttpResponse:
            if form.cleaned_data["shown"] != digest:
                messages.warning(request, CHANGED.format(people=done.people))
            return redirect(PAGE, merger.into.pk)

        return self.perform(
            request,
            form,
            lambda: institutions.merge(
                old, merger.into, by=who, reason=form.cleaned_data["reason"]
            ),
            page=lambda status: self._preview(request, merger, form, status),
            go_on=go_on,
            message="{0.merged} is a name of {0.into} now.",
        )

    def _choose(self, request: HttpRequest, old: Institution, form: IntoForm) -> HttpResponse:
        others = Institution.objects.standing().exclude(pk=old.pk)
        context = {
            "title": f"Merge {old} into another institution",
            "institution": old,
            "form": form,
            "others": others.values_list("name", flat=True)[:MAX_SUGGESTED],
        }
        status = Invalid.status if form.is_bound else 200
        return self.show(request, "institution/choose.html", context, status)

    def _preview(
        self, request: HttpRequest, merger: Merger, form: MergeForm, status: int
    ) -> HttpResponse:
        undecided = merger.undecided.order_by("pk")
        context = {
            "title": f"Merge {merger.old} into {merger.into}",
            "merger": merger,
            "extent": {"digest": merger.digest},
            "names": merger.names,
            "people": merger.people.order_by("full_name", "pk")[:PREVIEW_ROWS],
            "people_count": merger.people.count(),
            "request_count": merger.requests.count(),
            "grant_count": merger.grants.count(),
            "undecided": undecided[:PREVIEW_ROWS],
            "barred": merger.barred.select_related("access_request", "step").order_by("pk"),
            "listed": PREVIEW_ROWS,
            "form": form,
            "button": f"Merge into {merger.into}",
        }
        return self.show(request, "institution/merge.html", context, status)


admin.site.unregister(Institution)
admin.site.register(Institution, DeskInstitutionAdmin)
