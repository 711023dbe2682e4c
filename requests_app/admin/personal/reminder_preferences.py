"""“My reminders” on the review desk: single emails or one a day."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from lifecycle.people.models import User
from requests_app.actions.review import preferences
from requests_app.admin.base import ActionForm, SinglePageAdmin, person
from requests_app.admin.desk_access import DeskAccess
from requests_app.models import ReviewerPreference
from requests_app.rules.roles import is_reviewer

HOW = (("each", "One email per reminder, when due"), ("daily", "One email a day"))


class ReminderPreferencesForm(ActionForm):
    """When reminders are sent; requests to decide are always sent at once."""

    how = forms.ChoiceField(label="Reminders", choices=HOW, widget=forms.RadioSelect)

    use_required_attribute = False


@admin.register(ReviewerPreference)
class ReminderPreferencesAdmin(SinglePageAdmin):
    """One page with the person's own choice."""

    def is_offered(self, desk: DeskAccess) -> bool:
        """Hide it from the admin's index: the desk has its own link to it."""
        return False

    def scope(self, who: User) -> Q:
        return Q(person=who)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        who = person(request)
        daily = ReviewerPreference.objects.filter(person=who, daily_digest=True).exists()
        form = ReminderPreferencesForm(
            request.POST if request.method == "POST" else None,
            initial={"how": "daily" if daily else "each"},
        )
        return self.perform(
            request,
            form,
            lambda: preferences.prefer(
                who, by=who, daily_digest=form.cleaned_data["how"] == "daily"
            ),
            page=lambda status: self._page(request, form, status),
            go_on=lambda _: self.home(),
            message="Reminder settings saved.",
        )

    def _page(
        self, request: HttpRequest, form: ReminderPreferencesForm, status: int = 200
    ) -> HttpResponse:
        refusal = "" if is_reviewer(person(request)) else "Only reviewers get reminders."
        context = {"title": "My reminders", "form": form, "refusal": refusal}
        return self.show(request, "reviewerpreference/mine.html", context, status=status)
