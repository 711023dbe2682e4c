"""Events of the catalogue's chains as public sentences, without who did it."""

from collections.abc import Iterator, Mapping
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from lifecycle.text import dates
from requests_app.models import Event
from requests_app.wording.retirements import date_phrase

CHANGE_KINDS: Mapping[str, StrOrPromise] = {
    "model.added": gettext_lazy("%(name)s was added to the catalogue"),
    "model.corrected": gettext_lazy("Facts about %(name)s changed"),
    "provider.corrected": gettext_lazy("Facts about %(name)s changed"),
    "retirement.announced": gettext_lazy("Retirement of %(name)s announced"),
    "retirement.date_moved": gettext_lazy("Retirement date of %(name)s changed"),
    "retirement.coming": gettext_lazy("%(name)s was retired"),  # the one on the day itself
    "retirement.reopened": gettext_lazy("%(name)s is served again"),
}


def title(event: Event) -> str:
    """Return the sentence that names the change."""
    return str(CHANGE_KINDS[event.kind]) % {"name": event.ai_model or event.provider}


def lines(event: Event) -> list[str]:
    """Return the details of the change, one to a line."""
    details = event.details
    found = [*_platforms(event), *_facts(event)]
    if details.get("stated_reason"):
        found.append(_("Reason: %(reason)s") % {"reason": details["stated_reason"]})
    if details.get("source"):
        found.append(_("Source: %(source)s") % {"source": details["source"]})
    return found


def _platforms(event: Event) -> Iterator[str]:
    details = event.details
    if "platforms" not in details:
        return
    names = ("platforms", "dates", "precisions", "from_dates", "from_precisions", "reopened")
    for platform, *told in zip(*(details[name] for name in names), strict=True):
        day, precision, before, before_precision, reopened = told
        named = {"platform": platform, "date": date_phrase(_day(day), precision)}
        if event.kind == "retirement.reopened":
            named["day"] = dates.in_words(date.fromisoformat(reopened))
            yield _("%(platform)s: from %(day)s") % named
        elif event.kind == "retirement.date_moved":
            named["before"] = date_phrase(_day(before), before_precision)
            yield _("%(platform)s: %(date)s (previously: %(before)s)") % named
        else:
            yield f"{platform}: {named['date']}"


def _facts(event: Event) -> Iterator[str]:
    """Yield each fact of a correction, by a file or by an editor; events are in English."""
    names = ("facts", "before", "after")
    if not event.kind.endswith(".corrected"):
        return
    yield from event.details.get("changes", ())
    if all(name in event.details for name in names):
        for fact, before, after in zip(*(event.details[name] for name in names), strict=True):
            yield f"{fact.replace('_', ' ')}: {after or '–'} ({before or '–'})"


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
