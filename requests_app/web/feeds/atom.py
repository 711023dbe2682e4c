"""Changes as an Atom feed (RFC 4287)."""

from datetime import datetime
from typing import Any

from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from requests_app.web.feeds.entries import MAX_ENTRIES, FeedEntry, host, updated
from requests_app.web.feeds.scopes import Scope
from requests_app.web.feeds.texts import title_of_changes

CONTENT_TYPE = "application/atom+xml; charset=utf-8"


class _ChangeFeed(Atom1Feed):
    """An Atom feed whose time is that of its newest entry, also when it has none."""

    def latest_post_date(self) -> datetime:
        latest: datetime = self.feed["updated"]
        return latest

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["text"], {"type": "text"})


def write(scope: Scope, entries: list[FeedEntry], file: str) -> bytes:
    address = scope.address_of(file)
    feed = _ChangeFeed(
        title=title_of_changes(scope.name),
        link=scope.page,
        description=None,
        subtitle=_("The newest %(number)d changes. Dates are in UTC.") % {"number": MAX_ENTRIES},
        language=get_language(),
        author_name="Emeritus",
        feed_url=address,
        feed_guid=f"tag:{host()},2026:changes/{'/'.join(scope.path)}",
        updated=updated(entries),
    )
    for entry in entries:
        feed.add_item(
            title=entry.title,
            link=entry.page,
            description=None,  # type: ignore[arg-type]  # no summary beside the content
            unique_id=entry.id,
            pubdate=entry.at,
            updateddate=entry.at,
            categories=[entry.about["kind"]],
            text="\n".join(entry.lines) or entry.title,
        )
    return str(feed.writeString("utf-8")).encode()
