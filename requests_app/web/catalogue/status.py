"""The status of a model in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    Precision,
    Provider,
    Retirement,
    ServingState,
    last_rounds,
)
from lifecycle.catalogue.partial_dates import first_day
from lifecycle.text import dates
from lifecycle.text.durations import count_phrase

STATUS_LABELS = {
    "serving": ServingState.ACTIVE.label,
    "legacy": ServingState.LEGACY.label,
    "retiring": ServingState.DEPRECATED.label,
    "partly-retired": gettext_lazy("Partly retired"),
    "retired": ServingState.RETIRED.label,
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
    """Return the model's status; needs retirements with their sources prefetched."""
    rows = last_rounds(ai_model.retirements.all())
    lines = tuple(_line(row, today) for row in rows)
    return ModelStatus(_slug(rows, today), lines or (_("No retirement has been announced."),))


def _slug(retirements: Sequence[Retirement], today: date) -> str:
    states = [retirement.state(today) for retirement in retirements]
    if ServingState.RETIRED in states:
        return "retired" if set(states) == {ServingState.RETIRED} else "partly-retired"
    if ServingState.DEPRECATED in states:
        return "retiring"
    return "legacy" if ServingState.LEGACY in states else "serving"


def has_slug(slug: str, today: date) -> Q:
    """Return the condition under which a model has this slug; no model has an unknown one."""
    of_model = Retirement.objects.filter(ai_model=OuterRef("pk"))
    retired, going_on = (
        Q(Exists(rows)) for rows in (of_model.effective_on(today), of_model.not_effective_on(today))
    )
    deprecated, legacy = (
        Q(Exists(of_model.in_state(state, today)))
        for state in (ServingState.DEPRECATED, ServingState.LEGACY)
    )
    conditions = {
        "retired": retired & ~going_on,
        "partly-retired": retired & going_on,
        "retiring": ~retired & deprecated,
        "legacy": ~retired & ~deprecated & legacy,
        "serving": ~retired & ~deprecated & ~legacy,
    }
    return conditions.get(slug, Q(pk=None))


def _line(retirement: Retirement, today: date) -> str:
    line = sentence(retirement, today)
    if retirement.source and not retirement.source.is_certain:
        return " ".join((line, _("According to a third party.")))
    return line


def sentence(retirement: Retirement, today: date) -> str:
    """Return what is known of one platform, in a sentence."""
    platform = {"platform": retirement.platform}
    if retirement.retires is None:
        return _without_date(retirement.state(today)) % platform
    named = {**platform, "day": dates.in_words(retirement.retires)}
    if retirement.reopened and retirement.reopened <= today:
        named["again"] = dates.in_words(retirement.reopened)
        return _("Retired from %(platform)s on %(day)s; served again since %(again)s.") % named
    is_over = retirement.is_effective(today)
    if retirement.has_end:
        return _firm(Precision(retirement.precision), is_over=is_over) % named
    is_ahead = retirement.retires > today
    return _promised(Precision(retirement.precision), is_ahead=is_ahead) % named


def _without_date(state: ServingState) -> str:
    if state == ServingState.DEPRECATED:
        return _("Deprecated on %(platform)s. No retirement date is set.")
    if state == ServingState.LEGACY:
        return _("Available on %(platform)s as a legacy model.")
    return _("Available on %(platform)s.")


def _firm(precision: Precision, *, is_over: bool) -> str:
    if precision == Precision.NOT_LATER_THAN:
        if is_over:
            return _("Retired from %(platform)s by %(day)s; the exact day isn't known.")
        return _("Still available on %(platform)s, until %(day)s at the latest.")
    if is_over:
        return _("Retired from %(platform)s on %(day)s.")
    return _("Still available on %(platform)s until %(day)s.")


def _promised(precision: Precision, *, is_ahead: bool) -> str:
    if precision == Precision.AT_EARLIEST:
        if is_ahead:
            return _("Available on %(platform)s. It will be retired on %(day)s at the earliest.")
        return _(
            "Available on %(platform)s. The earliest date was %(day)s; no retirement date is set."
        )
    if is_ahead:
        return _("Available on %(platform)s. It will not be retired before %(day)s.")
    return _(
        "Available on %(platform)s. Promised at least until %(day)s; no retirement date is set."
    )


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
