"""Policies on the review desk: read what each version asks for."""

from django.contrib import admin
from django.db.models import Q

from lifecycle.people.models import User
from requests_app.admin.readonly import ReadOnlyAdmin
from requests_app.models import PolicyStep, PolicyVersion


class StepInline(admin.TabularInline[PolicyStep, PolicyVersion]):
    model = PolicyStep
    can_delete = False
    extra = 0


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    """Every version, the published ones unchangeable."""

    list_display = ("policy", "number", "state", "author", "published_by", "published_at")
    list_filter = ("state", "policy")
    list_select_related = ("policy", "author", "published_by")
    inlines = (StepInline,)

    def scope(self, who: User) -> Q:
        groups = who.groups.all()
        return Q(policy__owners__in=groups) | Q(steps__reviewers__in=groups)
