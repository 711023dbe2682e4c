"""The states of a promise."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PromiseState(TextChoices):
    """What became of a promise so far."""

    KEPT = "kept", _("Kept")
    DUE = "due", _("Due")
    OVERDUE = "overdue", _("Overdue")
    BROKEN = "broken", _("Broken")
    ENDED = "ended", _("Ended")
    STANDING = "standing", _("Standing, kept so far")
    UNKNOWN = "unknown", _("Not known")
