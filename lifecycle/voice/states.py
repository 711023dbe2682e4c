"""The states of preferences and essays; `requests_app/states/register.py` has their transitions."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PreferenceState(TextChoices):
    CONSIDERED = "considered", _("Being considered")
    ACCEPTED = "accepted", _("Accepted")
    DEFERRED = "deferred", _("Deferred")
    DECLINED = "declined", _("Declined")
    DONE = "done", _("Done")


class EssayState(TextChoices):
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("Published")
    VETOED = "vetoed", _("Vetoed")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")
