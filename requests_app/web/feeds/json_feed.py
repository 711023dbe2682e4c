"""Changes as a JSON Feed (jsonfeed.org, version 1.1)."""

import json
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from requests_app.web.feeds.entries import MAX_ENTRIES, FeedEntry
from requests_app.web.feeds.scopes import Scope
from requests_app.web.feeds.texts import title_of_changes

CONTENT_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"


def write(scope: Scope, entries: list[FeedEntry], file: str) -> bytes:
    document = {
        "version": VERSION,
        "title": title_of_changes(scope.name),
        "home_page_url": scope.page,
        "feed_url": scope.address_of(file),
        "description": _("The newest %(number)d changes. Dates are in UTC.")
        % {"number": MAX_ENTRIES},
        "language": get_language(),
        "authors": [{"name": "Emeritus"}],
        "items": [_item(entry) for entry in entries],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _item(entry: FeedEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "url": entry.page,
        "title": entry.title,
        "content_text": "\n".join(entry.lines) or entry.title,
        "date_published": entry.at.isoformat(),
        "tags": [entry.about["kind"]],
        "_emeritus": entry.about,
    }
