"""The titles of feeds and calendars."""

from django.utils.translation import gettext as _


def title_of_changes(name: str) -> str:
    """Return the title for what the feed is about; empty for everything."""
    if name:
        return _("Emeritus: changes of %(name)s") % {"name": name}
    return _("Emeritus: changes of the catalogue")


def title_of_calendar(name: str) -> str:
    """Return the title for what the calendar is about; empty for everything."""
    if name:
        return _("Emeritus: retirements of %(name)s") % {"name": name}
    return _("Emeritus: retirements of AI models")
