"""Usage limits in words, and their validation. Pure functions."""

from collections.abc import Iterator, Mapping

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from requests_app.models.requests.scope import LIMIT_FIELDS, UsageLimits

LABELS: Mapping[str, StrOrPromise] = {
    "requests_per_minute": gettext_lazy("requests per minute"),
    "requests_per_day": gettext_lazy("requests per day"),
    "tokens_per_day": gettext_lazy("tokens per day"),
    "spend_cap": gettext_lazy("USD in total"),
}
MAX_LIMITS: Mapping[str, int] = {
    "requests_per_minute": 100_000,
    "requests_per_day": 10_000_000,
    "tokens_per_day": 10_000_000_000,
    "spend_cap": 10_000_000,
}
UNLIMITED = gettext_lazy("no limit")


def limit_phrase(name: str, most: int | None) -> str:
    """Return `100,000 tokens a day`, `1 request a minute` or `no limit`."""
    if most is None:
        return str(UNLIMITED)
    phrases = {
        "requests_per_minute": ngettext(
            "%(most)s request per minute", "%(most)s requests per minute", most
        ),
        "requests_per_day": ngettext("%(most)s request per day", "%(most)s requests per day", most),
        "tokens_per_day": ngettext("%(most)s token per day", "%(most)s tokens per day", most),
        "spend_cap": _("%(most)s USD in total"),
    }
    return phrases[name] % {"most": grouped(most)}


def grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


def limits_phrase(limits: UsageLimits) -> str:
    """Return the limits that are set as the end of a sentence; empty if none is."""
    phrases = [limit_phrase(name, most) for name, most in vars(limits).items() if most is not None]
    *others, last = phrases or [""]
    if not others:
        return last
    return _("%(others)s and %(last)s") % {"others": ", ".join(others), "last": last}


def sentence(limits: UsageLimits) -> str:
    """Return `At most 60 requests per minute and 100,000 tokens a day.`"""
    phrases = limits_phrase(limits)
    return _("At most %(limits)s.") % {"limits": phrases} if phrases else _("No usage limits.")


def differences(before: UsageLimits, after: UsageLimits) -> Iterator[tuple[str, str, str]]:
    """Yield name, old and new value in words of each limit that differs."""
    for name in LIMIT_FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield name, limit_phrase(name, old), limit_phrase(name, new)


def lowered(before: UsageLimits, after: UsageLimits) -> list[str]:
    """Return `30 requests per minute instead of 60` for each lowered limit."""
    phrases = []
    for name, _before, now in differences(before, after):
        most = getattr(before, name)
        was = UNLIMITED if most is None else grouped(most)
        phrases.append(_("%(now)s instead of %(was)s") % {"now": now, "was": was})
    return phrases


def problems(limits: UsageLimits) -> Iterator[tuple[str, str]]:
    """Yield the name of each invalid limit with a sentence."""
    for name, most in vars(limits).items():
        if most is not None and not 1 <= most <= MAX_LIMITS[name]:
            yield name, out_of_range(name)


def out_of_range(name: str) -> str:
    return _("Enter 1 to %(most)s %(label)s, or leave blank for no limit.") % {
        "most": grouped(MAX_LIMITS[name]),
        "label": LABELS[name],
    }
