"""A register of thousands of models, with as many of everything that hangs on them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import cycle, pairwise
from random import Random
from typing import Any

from django.db import connection
from django.utils import timezone

from bench import register_people, register_voice
from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    Alias,
    DateChange,
    Promise,
    Provider,
    Replacement,
    Retirement,
    Source,
    WeightsCustody,
)
from lifecycle.text.normalization import comparable
from requests_app.models import (
    Event,
    RetirementWatch,
)
from requests_app.transitions import audit_chain

MODELS, CHANGES = 2_000, 10_000
PROVIDERS, SOURCES = 25, 400
CLOUDS = ("Amazon Bedrock", "Azure AI Foundry", "Vertex AI")
TODAY = timezone.now().date()
MAX_CHANGES = 40  # of one retirement
EVERY = {"weights": 5, "route": 2, "alias": 2}
TEXT = "The model is retired on the day above. Calls then fail with an error that names the next."
Made = list[tuple[AIModel, list[Retirement]]]


def providers() -> None:
    """Some large ones and many small ones, with and without a promise of notice."""
    promised = (60, None, {"general": 180, "preview": 14}, 30, None)
    rows = [
        Provider(
            slug=f"lab-{n}",
            name=f"Lab {n}",
            comparable_name=comparable(f"Lab {n}"),
            notice_days=promised[n % len(promised)],
        )
        for n in range(PROVIDERS)
    ]
    Provider.objects.bulk_create(rows)


def labs() -> list[Provider]:
    """Return them, the largest first."""
    return list(Provider.objects.filter(slug__startswith="lab-").order_by("pk"))


def sources() -> None:
    kinds = (Source.Kind.PROVIDER, Source.Kind.PROVIDER, Source.Kind.THIRD_PARTY)
    Source.objects.bulk_create(
        Source(url=f"https://lab.example/retirements/{n}", kind=kinds[n % 3], verified_on=TODAY)
        for n in range(SOURCES)
    )


def fill(first: int, last: int, labs: list[Provider], pages: list[Source]) -> None:
    """Make the models numbered from `first` to before `last`, and all about them."""
    chance = Random(first)  # noqa: S311 - the same rows each time
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # triggers want it one by one
    made = _models(chance, first, last, labs, pages)
    changes = _date_changes(chance, made, CHANGES * (last - first) // MODELS, pages)
    _watches_and_events(made, changes)
    _facts(chance, made, pages)
    _promises(chance, made, pages)
    retired = [row for row, ends in made if any(one.is_effective(TODAY) for one in ends)]
    ai_models = [row for row, _ in made]
    register_voice.fill(ai_models, pages)
    register_people.fill(ai_models, retired)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")


def _models(
    chance: Random, first: int, last: int, labs: list[Provider], pages: list[Source]
) -> Made:
    weights = [1 / place for place in range(1, len(labs) + 1)]
    rows = []
    for n in range(first, last):
        lab = chance.choices(labs, weights)[0]
        rows.append(
            AIModel(
                identifier=f"{lab.slug}-model-{n}",
                provider=lab,
                name=f"Model {n} of {lab.name}",
                comparable_name=comparable(f"Model {n} of {lab.name}"),
                released=f"{2021 + n % 5}-{1 + n % 12:02}",
                kind=chance.choice(AIModel.Kind.values),
                context_window=200_000,
                parameters=["temperature", "top_p", "top_k"],
                sources=[page.url for page in chance.sample(pages, 2)],
            )
        )
    made = AIModel.objects.bulk_create(rows)
    ended = [list(_retirements(chance, row, pages)) for row in made]
    Retirement.objects.bulk_create(one for each in ended for one in each)
    return list(zip(made, ended, strict=True))


def _retirements(chance: Random, ai_model: AIModel, pages: list[Source]) -> Iterator[Retirement]:
    number = chance.choices((1, 2, 3), (60, 25, 15))[0]
    for platform in (f"{ai_model.provider.name} API", *CLOUDS)[:number]:
        page, retires = chance.choice(pages), TODAY + timedelta(days=chance.randint(-1_400, 600))
        precision = chance.choices(Retirement.Precision.values, (75, 4, 10, 6, 5))[0]
        has_date = precision != Retirement.Precision.NONE_YET
        yield Retirement(
            ai_model=ai_model,
            platform=platform,
            announced=retires - timedelta(days=chance.choice((14, 30, 60, 90, 180))),
            announcement=page,
            retires=retires if has_date else None,
            precision=precision,
            source=page,
            after_end=chance.choice(("", "refused")),
        )


def _date_changes(
    chance: Random, made: Made, number: int, pages: list[Source]
) -> dict[int, list[DateChange]]:
    """Most dates moved a few times, some very often."""
    dated = [row for _, rows in made for row in rows if row.retires]
    moved = {row.pk: 0 for row in dated}
    dates = {row.pk: row for row in dated}
    weights = [chance.paretovariate(1.2) for _ in dated]
    while number:
        for pk in chance.choices(list(moved), weights, k=number):
            if moved[pk] < MAX_CHANGES:
                moved[pk] += 1
                number -= 1
    rows = {pk: list(_moves(chance, dates[pk], times, pages)) for pk, times in moved.items()}
    DateChange.objects.bulk_create(one for each in rows.values() for one in each)
    return rows


def _moves(
    chance: Random, row: Retirement, times: int, pages: list[Source]
) -> Iterator[DateChange]:
    assert row.retires
    dates = [row.retires - timedelta(days=20 * left) for left in range(times, -1, -1)]
    for position, (before, after) in enumerate(pairwise(dates), 1):
        yield DateChange(
            retirement=row,
            position=position,
            from_date=before,
            from_precision=row.precision,
            to_date=after,
            to_precision=row.precision,
            changed_on=before - timedelta(days=30),
            reason="The lab moved the date." if position % 3 else "",
            source=chance.choice(pages),
        )


def _watches_and_events(made: Made, changes: dict[int, list[DateChange]]) -> None:
    now = timezone.now()
    told = ("announced", "retires", "precision")
    RetirementWatch.objects.bulk_create(
        RetirementWatch(
            retirement=row,
            changed_at=now - timedelta(minutes=row.pk),
            revision=len(changes.get(row.pk, ())),
            **{name: getattr(row, name) for name in told},
        )
        for _, rows in made
        for row in rows
    )
    audit_chain.save_all([event for one in made for event in _events(*one, changes, now)])


def _events(
    ai_model: AIModel,
    rows: list[Retirement],
    changes: dict[int, list[DateChange]],
    now: datetime,
) -> Iterator[Event]:
    for row in rows:
        moves = [(change.from_date, change.to_date) for change in changes.get(row.pk, ())]
        yield _event(ai_model, row, "retirement.announced", None, row.retires, now)
        for before, after in moves:
            yield _event(ai_model, row, "retirement.date_moved", before, after, now)


def _event(
    ai_model: AIModel,
    row: Retirement,
    kind: str,
    before: date | None,
    after: date | None,
    now: datetime,
) -> Event:
    details: dict[str, Any] = {
        "platforms": [row.platform],
        "dates": [after.isoformat() if after else ""],
        "precisions": [row.precision],
        "from_dates": [before.isoformat() if before else ""],
        "from_precisions": [row.precision if before else ""],
        "reopened": [""],
    }
    subject = f"model-{ai_model.pk}"
    return audit_chain.next_event(ai_model, kind, subject=subject, by=None, at=now, details=details)


def _facts(chance: Random, made: Made, pages: list[Source]) -> None:
    names = [ai_model.identifier for ai_model, _ in made]
    page = chance.choice(pages)
    Replacement.objects.bulk_create(
        Replacement(ai_model=row, position=place, identifier=chance.choice(names), source=page)
        for row in _every(made, 1)
        for place in (1, 2)
    )
    Alias.objects.bulk_create(
        Alias(ai_model=row, identifier=f"{row.identifier}-latest", platform=platform, source=page)
        for row in _every(made, EVERY["alias"])
        for platform in ("", CLOUDS[0])
    )
    kinds = (AccessRoute.Kind.PRODUCT, AccessRoute.Kind.REQUEST, AccessRoute.Kind.NONE)
    AccessRoute.objects.bulk_create(
        AccessRoute(ai_model=row, kind=kind, where="Paid plans", rationale=TEXT, source=page)
        for n, row in enumerate(_every(made, EVERY["route"]))
        for kind in (kinds[:2] if n % 3 else kinds[2:])
    )
    WeightsCustody.objects.bulk_create(
        WeightsCustody(
            ai_model=row,
            kept="The final weights",
            custodian=row.provider.name,
            kept_while="the company exists",
            source=page,
        )
        for row in _every(made, EVERY["weights"])
    )


def _every(made: Made, step: int) -> Iterator[AIModel]:
    return (ai_model for n, (ai_model, _) in enumerate(made) if n % step == 0)


def _promises(chance: Random, made: Made, pages: list[Source]) -> None:
    """One about each model, of every kind in turn, and two about each provider."""
    labs = Provider.objects.filter(promises=None)
    wide = (Promise.Kind.NOTICE, Promise.Kind.WEIGHTS)
    kinds = cycle(Promise.Kind)
    abouts: list[dict[str, Any]] = [
        *({"provider": lab, "kind": kind} for kind in wide for lab in labs),
        *({"ai_model": ai_model, "kind": next(kinds)} for ai_model, _ in made),
    ]
    Promise.objects.bulk_create(
        Promise(
            **about,
            text=TEXT,
            promised_by="The lab",
            promised_on="2021",
            condition="as long as the lab exists",
            due_on=TODAY + timedelta(days=chance.randint(-400, 400)),
            source=chance.choice(pages),
        )
        for about in abouts
    )
