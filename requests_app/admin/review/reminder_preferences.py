"""My reminders on the review desk: one by one, or one mail a day."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from lifecycle.people.models import User
from requests_app.actions.review import preferences
from requests_app.admin.base import SinglePageAdmin, person
from requests_app.models import ReviewerPreference
from requests_app.refusals import Invalid, Refusal
from requests_app.rules.permissions import is_reviewer

HOW = (("each", "Each by itself, when it is due"), ("daily", "All in one mail a day"))


class ReminderPreferencesForm(forms.Form):
    """When reminders come. What opens or calls somebody is always told at once."""

    how = forms.ChoiceField(label="Reminders come", choices=HOW, widget=forms.RadioSelect)

    use_required_attribute = False


@admin.register(ReviewerPreference)
class ReminderPreferencesAdmin(SinglePageAdmin):
    """One page, with one's own choice."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The desk's own links lead here."""
        return False

    def scope(self, who: User) -> Q:
        return Q(person=who)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        who = person(request)
        if request.method != "POST":
            daily = ReviewerPreference.objects.filter(person=who, daily_digest=True).exists()
            return self._page(
                request, ReminderPreferencesForm(initial={"how": "daily" if daily else "each"})
            )
        form, status = ReminderPreferencesForm(request.POST), Invalid.status
        if form.is_valid():
            daily = form.cleaned_data["how"] == "daily"
            try:
                preferences.prefer(who, by=who, daily_digest=daily)
            except Refusal as refusal:
                form.add_error(None, refusal.sentence)
                status = refusal.status
            else:
                messages.success(request, "Your reminders are set.")
                return self.home()
        return self._page(request, form, status=status)

    def _page(
        self, request: HttpRequest, form: ReminderPreferencesForm, status: int = 200
    ) -> HttpResponse:
        refusal = "" if is_reviewer(person(request)) else "Only reviewers are reminded."
        context = {"title": "My reminders", "form": form, "refusal": refusal}
        return self.show(request, "reviewerpreference/mine.html", context, status=status)
