"""Links to the feeds and the badge of what a page is about."""

from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel
from requests_app.web.feeds import badges, texts


class FeedLinks(NamedTuple):
    """The three files of one scope."""

    name: str
    title: str
    calendar_title: str
    atom: str
    json: str
    calendar: str


def of_everything() -> dict[str, Any]:
    return {"feeds": [_links(_("All models"), "")]}


def of_model(ai_model: AIModel) -> dict[str, Any]:
    """Return the feeds of a model, its provider and its platforms, and its badge.

    Needs provider and retirements fetched.
    """
    provider = ai_model.provider
    platforms = dict.fromkeys(row.platform for row in ai_model.retirements.all())
    return {
        "feeds": [
            _links(ai_model.name, ai_model.name, "models", ai_model.identifier),
            _links(provider.name, provider.name, "providers", provider.slug),
            *(_links(platform, platform, "platforms", platform) for platform in platforms),
            *of_everything()["feeds"],
        ],
        "badge": badges.snippet(ai_model),
    }


def _links(shown: str, name: str, *path: str) -> FeedLinks:
    files = ("changes.atom", "changes.json", "retirements.ics")
    addresses = (reverse("feed_of" if path else "feed", args=[*path, file]) for file in files)
    titles = (texts.title_of_changes(name), texts.title_of_calendar(name))
    return FeedLinks(shown, *titles, *(f"{address}{_language()}" for address in addresses))


def _language() -> str:
    """Return what makes a feed speak the reader's language; nothing for English."""
    language = get_language()
    return "" if language == settings.LANGUAGE_CODE else f"?language={language}"
