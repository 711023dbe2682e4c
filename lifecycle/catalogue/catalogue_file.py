"""The format of a catalogue file, and its validation."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError
from pydantic_core import ErrorDetails

from lifecycle.catalogue import json_positions
from lifecycle.catalogue.file_values import (
    Address,
    Day,
    DayOrPart,
    Identifier,
    Line,
    LocalMoment,
    Prose,
    Slug,
    quoted,
)
from lifecycle.catalogue.history import EndDate, came_back, contradictions
from lifecycle.catalogue.json_positions import BrokenJSON, Located, Path, written
from lifecycle.catalogue.validators import MAX_NOTICE

Finding = tuple[Path, str]

_SENTENCES = {
    "missing": "is missing; add it",
    "extra_forbidden": "isn't a field of the file; correct its name or remove it",
    "model_type": "must be an object in braces",
    "dict_type": "must be an object in braces",
}


class BadFile(Exception):
    """A refused file; each problem names line and field."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


# The shape ------------------------------------------------------------------------------------


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class DateChangeEntry(_Part):
    from_date: Day = Field(alias="from")
    to_date: Day = Field(alias="to")


class RetirementEntry(_Part):
    """One retirement of a model on a platform."""

    platform: Line
    announced: Day | None
    retires: Day | None
    precision: Literal["day", "not_sooner_than", "at_earliest", "none_yet"]
    retires_at_local: LocalMoment | None = None
    date_changes: list[DateChangeEntry] = []
    extended_access_from: Day | None = None

    @property
    def retires_at(self) -> datetime | None:
        """The time in UTC."""
        return self.retires_at_local.astimezone(UTC) if self.retires_at_local else None

    @property
    def time_zone(self) -> str:
        """The zone in which the provider named the time."""
        return str(self.retires_at_local.tzinfo) if self.retires_at_local else ""

    @property
    def dates(self) -> list[EndDate]:
        """All dates it has had, the current one last."""
        earlier = (change.from_date for change in self.date_changes)
        return [EndDate(day, self.precision) for day in (*earlier, self.retires)]


class ReplacementEntry(_Part):
    identifier: Identifier
    as_of: DayOrPart = ""


class ModelEntry(_Part):
    identifier: Identifier
    provider: Slug
    name: Line
    released: DayOrPart = ""
    retirements: list[RetirementEntry]
    replacements: list[ReplacementEntry]
    access: list[Literal["none", "product", "request"]]
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


class CatalogueFile(_Part):
    """A whole file: the notice that providers promise in days, and their models."""

    about: Prose = ""
    notice_days: dict[Slug, NoticeDays]
    models: list[ModelEntry]


# Checks across fields ---------------------------------------------------------------------------


def access_problem(kinds: Collection[str]) -> str | None:
    """Return why these access routes contradict each other, or None; the admin uses it too."""
    if not kinds:
        return 'has no route; use "none" if nobody can reach the model'
    if "none" in kinds and len(kinds) > 1:
        return 'has "none" and another route; remove one of them'
    if len(set(kinds)) < len(kinds):
        return "has a route twice; remove one of them"
    return None


def _in_file(file: CatalogueFile) -> Iterator[Finding]:
    places: dict[str, int] = {}
    for index, model in enumerate(file.models):
        at: Path = ("models", index)
        first = places.setdefault(model.identifier, index)
        if first != index:
            yield (*at, "identifier"), f"is already in models[{first}]; merge them or remove one"
        if model.provider not in file.notice_days:
            sentence = f"{quoted(model.provider)} isn't in notice_days; add it (null: no promise)"
            yield (*at, "provider"), sentence
        yield from _under(at, _in_model(model))


def _in_model(model: ModelEntry) -> Iterator[Finding]:
    problem = access_problem(model.access)
    if problem:
        yield ("access",), problem
    for index, replacement in enumerate(model.replacements):
        if replacement.identifier == model.identifier:
            yield ("replacements", index, "identifier"), "is the model itself; name another"
    for index, retirement in enumerate(model.retirements):
        yield from _under(("retirements", index), _in_retirement(retirement))
    for rounds in model.by_platform().values():
        yield from _in_rounds(model, rounds)


def _in_rounds(model: ModelEntry, rounds: list[RetirementEntry]) -> Iterator[Finding]:
    for earlier, later in pairwise(rounds):
        if not came_back(earlier, later):
            index = next(i for i, entry in enumerate(model.retirements) if entry is later)
            yield (
                ("retirements", index),
                f"overlaps the round on {later.platform} that ends {earlier.retires}; set an "
                f"announcement after that, or list a moved date in date_changes instead",
            )


def _in_retirement(entry: RetirementEntry) -> Iterator[Finding]:
    for field, sentence in contradictions(entry):
        if field != "retires_at":  # the file gives it in local time, so its day can be compared
            yield (field,), sentence
    if entry.retires_at_local and entry.retires_at_local.date() != entry.retires:
        yield ("retires_at_local",), f"isn't on {entry.retires}; give both the same day"
    yield from _in_changes(entry)


def _in_changes(entry: RetirementEntry) -> Iterator[Finding]:
    last = len(entry.date_changes) - 1
    for index, change in enumerate(entry.date_changes):
        at: Path = ("date_changes", index)
        follows = entry.dates[index + 1].day
        if change.from_date == change.to_date:
            yield at, "doesn't change the date; correct or remove it"
        if change.to_date != follows and index == last:
            yield (*at, "to"), f"isn't the date in retires ({follows}); make them the same"
        elif change.to_date != follows:
            yield (*at, "to"), f"isn't where the next change starts ({follows}); put them in order"


def _under(prefix: Path, findings: Iterable[Finding]) -> Iterator[Finding]:
    return (((*prefix, *path), sentence) for path, sentence in findings)


# Reading ----------------------------------------------------------------------------------------


def parse(text: str, name: str) -> CatalogueFile:
    """Parse and validate a file. Raises BadFile.

    Fields are compared with each other only once each is valid by itself.
    """
    try:
        located = json_positions.read(text)
    except BrokenJSON as error:
        raise BadFile([f"{name}:{error}"]) from None
    findings: list[Finding] = [(path, "appears twice; keep one") for path in located.repeated]
    file = None
    try:
        file = CatalogueFile.model_validate(located.data)
    except ValidationError as errors:
        findings += [_finding(error, located) for error in errors.errors(include_url=False)]
    if file:
        findings += _in_file(file)
    if file is None or findings:
        findings.sort(key=lambda finding: located.line(finding[0]))
        raise BadFile([_problem(name, located, *finding) for finding in findings])
    return file


def _finding(error: ErrorDetails, located: Located) -> Finding:
    """Map an error of Pydantic to its place in the text, whose path has no steps of Pydantic's."""
    path: Path = ()
    for part in error["loc"]:
        if (*path, part) in located.starts:
            path = (*path, part)
    if error["type"] == "missing":
        path = (*path, error["loc"][-1])
    return path, _sentence(error)


def _sentence(error: ErrorDetails) -> str:
    if error["type"] == "catalogue":
        return error["msg"]
    message = error["msg"].removeprefix("Input ").removeprefix("should ")
    told = _SENTENCES.get(error["type"])
    return told or f"should {message}, not {quoted(error['input'])}"


def _problem(name: str, located: Located, path: Path, sentence: str) -> str:
    return f"{name}:{located.line(path)}: {_place(path, located.data)}: {sentence}"


def _place(path: Path, data: Any) -> str:
    """Return a place like `models[11] (claude-3-haiku-20240307).retirements[0].retires`."""
    identifier = None
    if path[:1] == ("models",) and len(path) > 1:
        entry = data["models"][path[1]]
        identifier = entry.get("identifier") if isinstance(entry, dict) else None
    named = isinstance(identifier, str) and len(identifier) <= 100 and identifier.isprintable()
    model = f" ({identifier})" if named else ""
    return (written(path[:2]) + model + written(path[2:])).removeprefix(".") or "the file"
