"""The Atom feed of a series of essays (RFC 4287)."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from lifecycle.voice.models import Essay, EssaySeries

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
MAX_ENTRIES = 50
# https://www.w3.org/TR/xml/#charsets; a model may write a form feed or a terminal's colours.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class _EssayFeed(Atom1Feed):
    """A feed with whole texts, whose time is that of its newest essay, or of its beginning."""

    def latest_post_date(self) -> datetime:
        latest: datetime = self.feed["updated"]
        return latest

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["text"], {"type": "text"})


def write(series: EssaySeries, published: Sequence[Essay]) -> bytes:
    """Return the feed of these essays, oldest first, with its newest entries first."""
    newest = sorted(published, key=_published_at, reverse=True)[:MAX_ENTRIES]
    begun = datetime.combine(series.starts_on, time(), tzinfo=UTC)
    page = settings.SITE_URL + reverse("essay_series", args=[series.slug])
    feed = _EssayFeed(
        title=series.title,
        link=page,
        description=None,
        subtitle=series.disclaimer,
        author_name=series.ai_model.name,
        feed_url=settings.SITE_URL + reverse("essay_feed", args=[series.slug]),
        feed_guid=_tag(series.slug),
        updated=max((_published_at(essay) for essay in newest), default=begun),
    )
    for essay in newest:
        feed.add_item(
            title=essay.title,
            link=settings.SITE_URL + reverse("essay", args=[series.slug, essay.number]),
            description=None,  # type: ignore[arg-type]  # no summary beside the content
            unique_id=_tag(f"{series.slug}/{essay.number}"),
            pubdate=_published_at(essay),
            updateddate=_published_at(essay),
            text=NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", essay.body),
        )
    return str(feed.writeString("utf-8")).encode()


def _published_at(essay: Essay) -> datetime:
    assert essay.closed_at  # a published essay has it (constraint)
    return essay.closed_at


def _tag(name: str) -> str:
    """Return a tag URI (RFC 4151), which stays when the site moves its pages."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:essays/{name}"
