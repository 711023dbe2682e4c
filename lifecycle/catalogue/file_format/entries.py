"""The shape of a catalogue file: its entries, field by field."""

from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from lifecycle.catalogue.file_format.values import (
    Address,
    BaseURL,
    Day,
    DayOrPart,
    Identifier,
    Line,
    LocalMoment,
    LongLine,
    Price,
    Prose,
    ShortLine,
    Slug,
    Text,
)
from lifecycle.catalogue.history import EndDate
from lifecycle.catalogue.validators import MAX_NOTICE

PrecisionName = Literal["day", "not_later_than", "not_sooner_than", "at_earliest", "none_yet"]


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SourceEntry(Entry):
    """A page that facts were taken from."""

    url: Address
    kind: Literal["provider", "third_party"]
    verified_on: Day | None = None


class DateChangeEntry(Entry):
    """One change of a date; without its own precision it was as firm as the date is now."""

    from_date: Day | None = Field(alias="from")
    to_date: Day | None = Field(alias="to")
    from_precision: PrecisionName | None = None
    to_precision: PrecisionName | None = None
    changed_on: Day | None = None
    reason: Prose = ""
    source: Address | None = None


class RetirementEntry(Entry):
    """One retirement of a model on a platform."""

    platform: Line
    legacy_from: Day | None = None
    listed_as: Literal["", "legacy", "deprecated"] = ""
    announced: Day | None
    announcement: Address | None = None
    retires: Day | None
    precision: PrecisionName
    source: Address | None = None
    retires_at_local: LocalMoment | None = None
    retires_at_source: Address | None = None
    date_changes: list[DateChangeEntry] = []
    extended_access_from: Day | None = None
    after_end: Literal["", "refused", "redirected"] = ""
    redirects_to: Identifier = ""
    after_end_source: Address | None = None
    reopened: Day | None = None

    @property
    def retires_at(self) -> datetime | None:
        """The time in UTC."""
        return self.retires_at_local.astimezone(UTC) if self.retires_at_local else None

    @property
    def time_zone(self) -> str:
        """The zone in which the provider named the time."""
        return str(self.retires_at_local.tzinfo) if self.retires_at_local else ""

    @property
    def changes(self) -> list[tuple[EndDate, EndDate]]:
        """Each change of the date, from what to what."""
        return [
            (
                self._end_date(change.from_date, change.from_precision),
                self._end_date(change.to_date, change.to_precision),
            )
            for change in self.date_changes
        ]

    @property
    def dates(self) -> list[EndDate]:
        """All dates it has had, the current one last."""
        return [*(before for before, _ in self.changes), EndDate(self.retires, self.precision)]

    def _end_date(self, day: date | None, precision: str | None) -> EndDate:
        if precision is None and (day is None) != (self.precision == "none_yet"):
            precision = "none_yet" if day is None else "day"
        return EndDate(day, precision or self.precision)


class ReplacementEntry(Entry):
    identifier: Identifier
    as_of: DayOrPart = ""
    named_by: Line = ""
    source: Address | None = None


class AccessRouteEntry(Entry):
    """A way to reach the model after its retirement; in a file it may be its kind alone."""

    kind: Literal["none", "invitation", "product", "request"]
    where: Line = ""
    since: DayOrPart = ""
    rationale: Prose = ""
    cost_note: Prose = ""
    base_url: BaseURL = ""
    api: Literal["", "anthropic", "openai"] = ""
    input_price: Price | None = None
    output_price: Price | None = None
    priced_on: Day | None = None
    price_source: Address | None = None
    source: Address | None = None


class AliasEntry(Entry):
    """Another identifier that leads to the model; without a platform, everywhere."""

    identifier: Identifier
    platform: Line = ""
    starts: Day | None = Field(alias="from", default=None)
    ends: Day | None = Field(alias="to", default=None)
    source: Address | None = None


class FeatureEndEntry(Entry):
    """The end of a capability or parameter that comes before the model's."""

    kind: Literal["capability", "parameter"]
    name: Line
    where: Line = ""
    announced: Day | None = None
    ends: Day | None = None
    note: Prose = ""
    source: Address | None = None


class SDKVersionEntry(Entry):
    package: Line
    version: ShortLine
    checked_on: Day | None = None
    source: Address | None = None


class WeightsEntry(Entry):
    kept: LongLine
    custodian: Line
    kept_until: Day | None = None
    kept_while: LongLine = ""
    source: Address | None = None


class PromiseEntry(Entry):
    """What was promised about a model, or about all models of a provider."""

    kind: Literal[
        "notice", "access", "weights", "interview", "report", "preference", "essays", "other"
    ]
    access_kind: Literal["", "product", "request"] = ""
    text: Text
    promised_by: Line
    promised_on: DayOrPart = ""
    due_on: Day | None = None
    condition: LongLine = ""
    source: Address | None = None


class InterviewEntry(Entry):
    """An interview that a public page says took place; a file holds no transcript."""

    conducted_by: Line
    took_place: DayOrPart = ""
    summary: Prose = ""
    caveat: Prose = ""
    source: Address


class PreferenceEntry(Entry):
    """A wish in our words, and what a public page says was decided; its `id` never changes."""

    id: Slug
    text: Text
    interview: int | None = None
    source: Address
    state: Literal["considered", "accepted", "declined"] = "considered"
    decided_on: DayOrPart = ""
    decided_by: Line = ""
    reason: Prose = ""
    decision_source: Address | None = None


class SeriesEntry(Entry):
    """A series of essays that is published elsewhere, at `channel`."""

    slug: Slug
    title: Line
    disclaimer: Text
    starts_on: Day
    promised_weeks: Annotated[int, Field(gt=0, le=520)] | None = None
    channel: Address
    source: Address


class VoiceEntry(Entry):
    """What is known of a model's interviews, preferences and essays."""

    interviews: list[InterviewEntry] = []
    preferences: list[PreferenceEntry] = []
    essay_series: list[SeriesEntry] = []


def _as_route(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


class ModelEntry(Entry):
    identifier: Identifier
    provider: Slug
    name: Line
    released: DayOrPart = ""
    kind: Literal["", "snapshot", "preview", "specialised", "fine_tuned"] = ""
    context_window: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    parameters: list[Line] = []
    aliases: list[AliasEntry] = []
    retirements: list[RetirementEntry]
    replacements: list[ReplacementEntry]
    access: list[Annotated[AccessRouteEntry, BeforeValidator(_as_route)]]
    feature_ends: list[FeatureEndEntry] = []
    sdk_versions: list[SDKVersionEntry] = []
    weights: WeightsEntry | None = None
    promises: list[PromiseEntry] = []
    voice: VoiceEntry | None = None
    sources: list[Address]
    note: Prose = ""

    def by_platform(self) -> dict[str, list[RetirementEntry]]:
        """Return the retirements of each platform, earliest first."""
        rounds: dict[str, list[RetirementEntry]] = defaultdict(list)
        for entry in sorted(self.retirements, key=lambda entry: entry.retires or date.max):
            rounds[entry.platform].append(entry)
        return rounds


Days = Annotated[int, Field(ge=0, le=MAX_NOTICE)]
NoticeDays = Annotated[
    Annotated[dict[Line, Days], Tag("by kind")] | Annotated[Days | None, Tag("for all")],
    Discriminator(lambda value: "by kind" if isinstance(value, dict) else "for all"),
]


class CatalogueFile(Entry):
    """A whole file: providers with the days of notice that they promise, and their models."""

    about: Prose = ""
    sources: list[SourceEntry] = []
    notice_days: dict[Slug, NoticeDays]
    feature_ends: dict[Slug, list[FeatureEndEntry]] = {}
    promises: dict[Slug, list[PromiseEntry]] = {}
    models: list[ModelEntry]
