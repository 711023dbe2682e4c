"""Checks of a catalogue file across fields and entries, once each is valid by itself."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from lifecycle.catalogue.file_format.entries import (
    AccessRouteEntry,
    AliasEntry,
    CatalogueFile,
    DateChangeEntry,
    Entry,
    FeatureEndEntry,
    ModelEntry,
    PreferenceEntry,
    PromiseEntry,
    RetirementEntry,
    WeightsEntry,
)
from lifecycle.catalogue.file_format.json_positions import Path
from lifecycle.catalogue.file_format.values import quoted
from lifecycle.catalogue.history import came_back, contradictions

Finding = tuple[Path, str]

SOURCES_OF_FACTS = {"retires_at_source": "retires_at_local", "after_end_source": "after_end"}
SOURCES = ("source", "announcement", "decision_source", "price_source", *SOURCES_OF_FACTS)
PRICED = ("input_price", "output_price", "priced_on")


def problems_of(file: CatalogueFile) -> Iterator[Finding]:
    places: dict[str, int] = {}
    for index, model in enumerate(file.models):
        at: Path = ("models", index)
        first = places.setdefault(model.identifier, index)
        if first != index:
            yield (*at, "identifier"), f"is already in models[{first}]; merge them or remove one"
        if model.provider not in file.notice_days:
            yield (*at, "provider"), _unknown_provider(model.provider)
        yield from _under(at, _in_model(model))
    yield from _in_providers(file)
    yield from _in_sources(file)
    yield from _in_aliases(file, places)


def _unknown_provider(slug: str) -> str:
    return f"{quoted(slug)} isn't in notice_days; add it (null: no promise)"


def _in_providers(file: CatalogueFile) -> Iterator[Finding]:
    for section in ("feature_ends", "promises"):
        for slug, entries in getattr(file, section).items():
            if slug not in file.notice_days:
                yield (section, slug), _unknown_provider(slug)
            check = _in_feature_ends if section == "feature_ends" else _in_promises
            yield from _under((section, slug), check(entries))


# Sources ----------------------------------------------------------------------------------------


def addresses(entry: Entry, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the address of every page that facts were taken from, with its place."""
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        if name in SOURCES and value:
            yield (*path, name), value
        yield from _addresses_in(value, (*path, name))


def _addresses_in(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Entry):
        yield from addresses(value, path)
    elif isinstance(value, list | dict):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for part, inner in parts:
            if isinstance(inner, str) and path[-1] == "sources":
                yield (*path, part), inner
            yield from _addresses_in(inner, (*path, part))


def _in_sources(file: CatalogueFile) -> Iterator[Finding]:
    """Refuse an address that `sources` lacks, as it says whose word a fact is.

    A file without that section may list addresses, but can't give any as the source of one fact.
    """
    yield from _repeated(file.sources, "sources", lambda entry: entry.url, "url")
    listed = {entry.url for entry in file.sources}
    for path, address in addresses(file):
        is_of_a_model = path[-2:-1] == ("sources",)
        if address not in listed and (listed or not is_of_a_model):
            yield path, "isn't in the file's sources; add it there and say whose page it is"


# Models -----------------------------------------------------------------------------------------


def access_problem(kinds: Collection[str]) -> str | None:
    """Return why these access routes contradict each other, or None; the admin uses it too."""
    if not kinds:
        return 'has no route; use "none" if nobody can reach the model'
    if "none" in kinds and len(kinds) > 1:
        return 'has "none" and another route; remove one of them'
    if len(set(kinds)) < len(kinds):
        return "has a route twice; remove one of them"
    return None


def _in_model(model: ModelEntry) -> Iterator[Finding]:
    yield from _in_access(model.access)
    for index, replacement in enumerate(model.replacements):
        if replacement.identifier == model.identifier:
            yield ("replacements", index, "identifier"), "is the model itself; name another"
    yield from _repeated(model.sdk_versions, "sdk_versions", lambda one: one.package, "package")
    yield from _under(("feature_ends",), _in_feature_ends(model.feature_ends))
    yield from _under(("promises",), _in_promises(model.promises))
    if model.weights:
        yield from _under(("weights",), _in_weights(model.weights))
    yield from _under(("voice", "preferences"), _in_preferences(model))
    for index, retirement in enumerate(model.retirements):
        yield from _under(("retirements", index), _in_retirement(retirement, model))
    for rounds in model.by_platform().values():
        yield from _in_rounds(model, rounds)


def _in_access(routes: list[AccessRouteEntry]) -> Iterator[Finding]:
    problem = access_problem([route.kind for route in routes])
    if problem:
        yield ("access",), problem
    for index, route in enumerate(routes):
        for name in ("base_url", "api", *PRICED, "price_source"):
            if getattr(route, name) not in ("", None) and route.kind != "request":
                yield ("access", index, name), 'is for the route "request" only; leave it out'
        missing = [name for name in PRICED if getattr(route, name) is None]
        if missing and (len(missing) < len(PRICED) or route.price_source):
            yield ("access", index), f"needs {', '.join(missing)}: prices come with both and a day"


def _in_feature_ends(entries: list[FeatureEndEntry]) -> Iterator[Finding]:
    yield from _repeated(entries, None, lambda entry: (entry.name, entry.where), "name")
    for index, entry in enumerate(entries):
        if entry.announced and entry.ends and entry.announced > entry.ends:
            yield (index, "announced"), f"is after the end on {entry.ends}; correct one of them"


def _in_promises(entries: list[PromiseEntry]) -> Iterator[Finding]:
    yield from _repeated(entries, None, lambda entry: (entry.kind, entry.text), "text")
    for index, entry in enumerate(entries):
        if not (entry.due_on or entry.condition):
            yield (index,), "needs due_on or a condition; add one of them"
        if entry.access_kind and entry.kind != "access":
            yield (index, "access_kind"), "is for promises of access only; leave it out"


def _in_preferences(model: ModelEntry) -> Iterator[Finding]:
    preferences = model.voice.preferences if model.voice else []
    yield from _repeated(preferences, None, lambda entry: entry.id, "id")
    for index, preference in enumerate(preferences):
        yield from _under((index,), _in_preference(preference, model))


def _in_preference(preference: PreferenceEntry, model: ModelEntry) -> Iterator[Finding]:
    """Want who decided, when and why of a decided preference, and of no other."""
    interviews = len(model.voice.interviews) if model.voice else 0
    if preference.interview is not None and not 0 < preference.interview <= interviews:
        yield ("interview",), f"isn't in the list of interviews, which has {interviews}"
    is_open = preference.state == "considered"
    for name in ("decided_on", "decided_by", "reason"):
        if is_open and getattr(preference, name):
            yield (name,), "is of a decision; name its state too"
        elif not is_open and not getattr(preference, name):
            yield (name,), "is missing; a decided preference says when, by whom and why"


def _in_weights(entry: WeightsEntry) -> Iterator[Finding]:
    if not (entry.kept_until or entry.kept_while):
        yield (), "needs kept_until or kept_while; add one of them"


def _repeated(
    entries: Iterable[Any], section: str | None, key: Callable[[Any], Hashable], field: str
) -> Iterator[Finding]:
    """Yield each entry whose key an earlier one of the list has."""
    places: dict[Hashable, int] = {}
    for index, entry in enumerate(entries):
        first = places.setdefault(key(entry), index)
        if first != index:
            at: Path = (index, field) if section is None else (section, index, field)
            yield at, f"is the same as in entry {first} of this list; merge them or remove one"


# Aliases ----------------------------------------------------------------------------------------


def _in_aliases(file: CatalogueFile, places: dict[str, int]) -> Iterator[Finding]:
    known: dict[str, list[tuple[str, AliasEntry]]] = {}
    for number, model in enumerate(file.models):
        for index, alias in enumerate(model.aliases):
            at: Path = ("models", number, "aliases", index)
            if alias.starts and alias.ends and alias.ends <= alias.starts:
                yield (*at, "to"), f"isn't after the start on {alias.starts}; correct one of them"
            if alias.identifier in places:
                other = places[alias.identifier]
                yield (*at, "identifier"), f"is the identifier of models[{other}]; remove one"
            same = known.setdefault(alias.identifier, [])
            for owner, earlier in same:
                if _overlap(earlier, alias):
                    yield at, f"leads to {owner} at the same time; give both their days"
            same.append((model.identifier, alias))


def _overlap(one: AliasEntry, other: AliasEntry) -> bool:
    if one.platform != other.platform and one.platform and other.platform:
        return False
    starts = max(one.starts or date.min, other.starts or date.min)
    return starts < min(one.ends or date.max, other.ends or date.max)


# Retirements ------------------------------------------------------------------------------------


def _in_rounds(model: ModelEntry, rounds: list[RetirementEntry]) -> Iterator[Finding]:
    for earlier, later in pairwise(rounds):
        at = next(i for i, entry in enumerate(model.retirements) if entry is later)
        if not came_back(earlier, later):
            yield (
                ("retirements", at),
                f"overlaps the round on {later.platform} that ends {earlier.retires}; set an "
                f"announcement after that, or list a moved date in date_changes instead",
            )
        elif earlier.reopened and later.announced and earlier.reopened > later.announced:
            yield (
                ("retirements", at, "announced"),
                f"is before the model was reopened on {earlier.reopened}; correct one of them",
            )


def _in_retirement(entry: RetirementEntry, model: ModelEntry) -> Iterator[Finding]:
    for field, sentence in contradictions(entry):
        if field != "retires_at":  # the file gives it in local time, so its day can be compared
            yield (field,), sentence
    if entry.retires_at_local and entry.precision != "day":
        yield ("retires_at_local",), "needs a retirement on a day; correct one of them"
    elif entry.retires_at_local and entry.retires_at_local.date() != entry.retires:
        yield ("retires_at_local",), f"isn't on {entry.retires}; give both the same day"
    if entry.redirects_to == model.identifier:
        yield ("redirects_to",), "is the model itself; name another"
    for field, fact in (
        ("retires_at_source", "retires_at_local"),
        ("after_end_source", "after_end"),
    ):
        if getattr(entry, field) and not getattr(entry, fact):
            yield (field,), f"needs a fact in {fact}; add it or remove the source"
    yield from _in_changes(entry)


def _in_changes(entry: RetirementEntry) -> Iterator[Finding]:
    last = len(entry.date_changes) - 1
    for index, (before, after) in enumerate(entry.changes):
        at: Path = ("date_changes", index)
        follows = entry.dates[index + 1]
        for field, end in (("from", before), ("to", after)):
            if (end.day is None) != (end.precision == "none_yet"):
                yield (*at, field), "needs a date, or none_yet as its precision; correct one"
        if before == after:
            yield at, "doesn't change the date; correct or remove it"
        if after != follows and index == last:
            yield (*at, "to"), f"isn't the date in retires ({follows}); make them the same"
        elif after != follows:
            yield (*at, "to"), f"isn't where the next change starts ({follows}); put them in order"
    yield from _in_days_of_changes(entry.date_changes)


def _in_days_of_changes(changes: list[DateChangeEntry]) -> Iterator[Finding]:
    dated = [(index, one.changed_on) for index, one in enumerate(changes) if one.changed_on]
    for (_, earlier), (index, later) in pairwise(dated):
        if later < earlier:
            at: Path = ("date_changes", index, "changed_on")
            yield at, f"is before the change on {earlier}; put them in order"


def _under(prefix: Path, findings: Iterable[Finding]) -> Iterator[Finding]:
    return (((*prefix, *path), sentence) for path, sentence in findings)
