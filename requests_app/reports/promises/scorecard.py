"""Compare the notice that providers promised with the notice that they gave.

Notice runs from the announcement to the first firm date that was announced, or to the actual end if
that came earlier: a date moved later is no merit, and one moved earlier took notice away.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple, cast

from django.core.cache import cache
from django.db.models import (
    Case,
    DateField,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from lifecycle.catalogue.models import ENDING, DateChange, Precision, Promise, Provider, Retirement
from lifecycle.catalogue.partial_dates import first_day

CACHED_SECONDS = 300
GENERAL = "general"  # the rule for kinds of models that have none of their own
FIRM = Precision.DAY


class Verdict(StrEnum):
    """Whether the promised notice was given."""

    KEPT = "kept"
    SHORT = "short"
    NONE = "none"


class Unknown(StrEnum):
    """Why there is no verdict."""

    PROMISE = "promise_unknown"
    ANNOUNCEMENT = "announcement_unknown"
    DATE = "no_firm_date"
    LATER_PROMISE = "promised_after_the_announcement"


class NoticeRule(NamedTuple):
    """Days of notice; `kind` is the kind of model it is for, or empty if it is for all."""

    days: int
    kind: str


class Score(NamedTuple):
    """The notice of one retirement; `short_by` is 0 unless the verdict is SHORT."""

    verdict: Verdict
    rule: NoticeRule | None
    given: int | None
    unknown: Unknown | None

    @property
    def short_by(self) -> int:
        if self.rule is None or self.given is None or self.verdict != Verdict.SHORT:
            return 0
        return self.rule.days - self.given


class ProviderScore(NamedTuple):
    """A provider's retirements by verdict."""

    slug: str
    name: str
    kept: int
    short: int
    none: int

    @property
    def retirements(self) -> int:
        return self.kept + self.short + self.none


def rule_for(notice_days: Any, kind: str) -> NoticeRule | None:
    """Return the provider's rule for a kind of model; None if it promised nothing for it."""
    if isinstance(notice_days, int):
        return NoticeRule(notice_days, "")
    rules: Mapping[str, int] = notice_days or {}
    name = kind if kind in rules else GENERAL
    return NoticeRule(rules[name], name) if name in rules else None


def score(
    *,
    rule: NoticeRule | None,
    promised_from: date | None,
    announced: date | None,
    first_firm: date | None,
    retires: date | None,
) -> Score:
    """Judge one retirement; `retires` is None without a firm date."""
    ends = [day for day in (first_firm, retires) if day]
    given = (min(ends) - announced).days if announced and retires else None
    unknown = _unknown(rule, promised_from, announced, retires)
    if unknown or rule is None or given is None:
        return Score(Verdict.NONE, rule, given, unknown)
    verdict = Verdict.KEPT if given >= rule.days else Verdict.SHORT
    return Score(verdict, rule, given, None)


def _unknown(
    rule: NoticeRule | None,
    promised_from: date | None,
    announced: date | None,
    retires: date | None,
) -> Unknown | None:
    if retires is None:
        return Unknown.DATE
    if rule is None:
        return Unknown.PROMISE
    if announced is None:
        return Unknown.ANNOUNCEMENT
    # Of a promise made in 2025, no more is known than that it wasn't made before that year.
    return Unknown.LATER_PROMISE if promised_from and promised_from > announced else None


def retirements() -> QuerySet[Retirement]:
    """Return all retirements, each with the first firm date that was announced.

    A promised earliest day that nobody has announced as an end is none.
    """
    earlier = DateChange.objects.filter(
        retirement=OuterRef("pk"), from_precision=FIRM, from_date__isnull=False
    )
    first = Subquery(earlier.order_by("position").values("from_date")[:1])
    firm = Case(When(precision=FIRM, then="retires"), output_field=DateField())
    known = Retirement.objects.filter(Q(announced__isnull=False) | Q(precision__in=ENDING))
    rows = known.annotate(firm=firm, first_firm=Coalesce(first, firm))
    return rows.select_related("ai_model__provider", "source", "announcement")


def promised_from() -> dict[int, date]:
    """Return the earliest day on which each provider can have made its promise, where known."""
    return {provider: since for provider, (_, since) in _promised().items() if since}


def scores(rows: Iterable[Retirement]) -> Iterator[tuple[Retirement, Score]]:
    """Judge rows of `retirements()`."""
    since = promised_from()
    for row in rows:
        yield row, score_of(row, since)


def score_of(row: Retirement, since: Mapping[int, date]) -> Score:
    """Judge a row of `retirements()`; `since` is from `promised_from()`."""
    provider = row.ai_model.provider
    return score(
        rule=rule_for(provider.notice_days, row.ai_model.kind),
        promised_from=since.get(provider.pk),
        announced=row.announced,
        first_firm=row.first_firm,  # type: ignore[attr-defined]  # annotated
        retires=row.firm,  # type: ignore[attr-defined]  # annotated
    )


class Judged(NamedTuple):
    """One retirement with its verdict, in plain values."""

    ai_model: int
    provider: int
    verdict: Verdict
    announced: date | None
    identifier: str
    name: str
    platform: str
    short_by: int


def verdicts(rows: QuerySet[Retirement]) -> Iterator[Judged]:
    """Judge each row of `retirements()`.

    By plain values: thousands of rows take longer as instances than in the database.
    """
    promised = _promised()
    about = ("ai_model", "ai_model__provider", "ai_model__identifier", "ai_model__name", "platform")
    facts = (*about, "ai_model__kind", "announced", "first_firm", F("firm"))
    for (
        ai_model,
        provider,
        identifier,
        name,
        platform,
        kind,
        announced,
        first_firm,
        firm,
    ) in rows.order_by().values_list(*facts):
        notice_days, since = promised[provider]
        found = score(
            rule=rule_for(notice_days, kind),
            promised_from=since,
            announced=announced,
            first_firm=first_firm,
            retires=firm,
        )
        about_it = (identifier, name, platform)
        yield Judged(ai_model, provider, found.verdict, announced, *about_it, found.short_by)


def _promised() -> dict[int, tuple[Any, date | None]]:
    """Return the days of notice of each provider, and since when it can have promised them."""
    notice = FilteredRelation("promises", condition=Q(promises__kind=Promise.Kind.NOTICE))
    rows = Provider.objects.alias(notice=notice).order_by()
    found: dict[int, tuple[Any, date | None]] = {}
    for provider, notice_days, text in rows.values_list("pk", "notice_days", "notice__promised_on"):
        days = (first_day(text or ""), found.get(provider, (None, None))[1])
        found[provider] = notice_days, min(filter(None, days), default=None)
    return found


def by_provider() -> list[ProviderScore]:
    """Return all providers that have retirements, cached for some minutes."""
    found = cache.get_or_set("promise_scorecard", _by_provider, CACHED_SECONDS)
    return cast(list[ProviderScore], found)


def _by_provider() -> list[ProviderScore]:
    counted: dict[int, Counter[Verdict]] = defaultdict(Counter)
    for row in verdicts(retirements()):
        counted[row.provider][row.verdict] += 1
    return [
        ProviderScore(one.slug, one.name, *(counted[one.pk][verdict] for verdict in Verdict))
        for one in Provider.objects.filter(pk__in=counted)
    ]
