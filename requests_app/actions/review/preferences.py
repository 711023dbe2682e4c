"""Reminder preferences of a reviewer."""

from django.db import transaction
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app.models import ReviewerPreference
from requests_app.refusals import NotAllowed
from requests_app.rules.roles import is_reviewer


@transaction.atomic
def prefer(person: User, *, by: User, daily_digest: bool) -> ReviewerPreference:
    """Choose single reminders or one digest a day, for oneself only."""
    if person.pk != by.pk:
        raise NotAllowed(_("You can only change your own reminders."))
    if not by.is_active or not is_reviewer(by):
        raise NotAllowed(_("Only reviewers get reminders."))
    preference, _made = ReviewerPreference.objects.update_or_create(
        person=person, defaults={"daily_digest": daily_digest}
    )
    return preference
