"""The status of a model in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from lifecycle.catalogue.models import AccessRoute, AIModel, Provider, Retirement, ServingState
from lifecycle.catalogue.partial_dates import first_day
from lifecycle.text.durations import count_phrase

STATUS_LABELS = {
    "serving": gettext_lazy("In service"),
    "retiring": pgettext_lazy("a model", "Retiring"),
    "partly-retired": gettext_lazy("Partly retired"),
    "retired": gettext_lazy("Retired"),
}
ROUTE_SENTENCES = {
    AccessRoute.Kind.NONE: gettext_lazy("No access after retirement."),
    AccessRoute.Kind.INVITATION: gettext_lazy("By invitation from its provider."),
    AccessRoute.Kind.PRODUCT: gettext_lazy("Available in a paid product from its provider."),
    AccessRoute.Kind.REQUEST: gettext_lazy("Available by request."),
}


@dataclass(frozen=True)
class ModelStatus:
    """The overall status by its slug, and a sentence for each platform."""

    slug: str
    lines: tuple[str, ...]

    @property
    def label(self) -> str:
        return str(STATUS_LABELS[self.slug])


def of_model(ai_model: AIModel, today: date) -> ModelStatus:
    """Return the model's status; needs retirements prefetched."""
    last = {r.platform: r for r in sorted(ai_model.retirements.all(), key=lambda r: r.round)}
    lines = tuple(_line(retirement, today) for retirement in last.values())
    return ModelStatus(
        _slug(last.values(), today), lines or (_("No retirement has been announced."),)
    )


def _slug(retirements: Iterable[Retirement], today: date) -> str:
    gone = [retirement.is_effective(today) for retirement in retirements]
    if any(gone):
        return "retired" if all(gone) else "partly-retired"
    if any(r.state(today) == ServingState.DEPRECATED for r in retirements):
        return "retiring"
    return "serving"


def _line(retirement: Retirement, today: date) -> str:
    platform = {"platform": retirement.platform}
    if retirement.retires is None:
        if retirement.state(today) == ServingState.DEPRECATED:
            return _("Deprecated on %(platform)s. No retirement date is set.") % platform
        return _("Available on %(platform)s.") % platform
    named = {**platform, "day": date_format(retirement.retires, "DATE_FORMAT")}
    if retirement.is_effective(today):
        return _("Retired from %(platform)s on %(day)s.") % named
    if retirement.precision == Retirement.Precision.DAY:
        return _("Still available on %(platform)s until %(day)s.") % named
    if retirement.retires > today:
        return _("Available on %(platform)s. It will not be retired before %(day)s.") % named
    sentence = _(
        "Available on %(platform)s. Promised at least until %(day)s; no retirement date is set."
    )
    return sentence % named


def last_date(ai_model: AIModel) -> date:
    dates = (one.retires for one in ai_model.retirements.all())
    return max((day for day in dates if day), default=date.min)


def route_sentence(access_route: AccessRoute) -> str:
    """Return a sentence about an access route; needs its model fetched."""
    if access_route.kind == AccessRoute.Kind.REQUEST and access_route.ai_model.withdrawn_at:
        return _("No longer available by request.")
    return str(ROUTE_SENTENCES[AccessRoute.Kind(access_route.kind)])


def format_partial_date(text: str) -> str:
    """Return a date as precisely as known: “2024”, “March 2024” or “4 March 2024”."""
    formats = {1: "Y", 2: "F Y", 3: "DATE_FORMAT"}
    day = first_day(text)
    return date_format(day, formats[text.count("-") + 1]) if day else ""


def promised_notice(provider: Provider) -> str:
    """Return the provider's promised notice before a retirement; empty if unknown."""
    days = provider.notice_days
    if isinstance(days, dict) and days:
        bounds = {"fewest": min(days.values()), "most": max(days.values())}
        sentence = ngettext(
            "%(fewest)d to %(most)d day, depending on the type of model",
            "%(fewest)d to %(most)d days, depending on the type of model",
            bounds["most"],
        )
        return sentence % bounds
    return count_phrase(days, "day") if days else ""
