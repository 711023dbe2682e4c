"""The state of a retirement: the database and the code give the same, and a model's follows."""

from datetime import date, timedelta
from itertools import product
from typing import Any

from lifecycle.catalogue.models import (
    ENDING,
    AIModel,
    Precision,
    Provider,
    Retirement,
    ServingState,
)
from requests_app.web.catalogue import status

TODAY = date(2026, 11, 30)
DAYS = (None, TODAY - timedelta(1), TODAY, TODAY + timedelta(1))
SHAPES = [
    {"precision": precision, "retires": retires, "announced": announced, "listed_as": listed_as,
     "legacy_from": legacy_from, "reopened": reopened}
    for precision, retires in [("none_yet", None), *product(Precision.values[:-1], DAYS[1:])]
    for announced, legacy_from in product(DAYS[:3], DAYS[:3:2])
    for listed_as in ("", "legacy", "deprecated")
    for reopened in (None, TODAY, TODAY + timedelta(2))
]  # fmt: skip


def is_possible(shape: dict[str, Any]) -> bool:
    retires, reopened = shape["retires"], shape["reopened"]
    if retires and shape["announced"] and shape["announced"] > retires:
        return False
    return not reopened or bool(retires and shape["precision"] in ENDING and reopened > retires)


def test_database_and_code_agree_on_every_state(db: None) -> None:
    provider = Provider.objects.create(slug="lab", name="Lab")
    shapes = [shape for shape in SHAPES if is_possible(shape)]
    for number, shape in enumerate(shapes):
        ai_model = AIModel(identifier=f"m-{number}", name="M", provider=provider)
        ai_model.save()
        Retirement.objects.create(ai_model=ai_model, platform="P", **shape)
    for state in ServingState:
        found = set(Retirement.objects.in_state(state, TODAY))
        assert found == {row for row in Retirement.objects.all() if row.state(TODAY) == state}
    retired = set(Retirement.objects.effective_on(TODAY))
    assert retired == {row for row in Retirement.objects.all() if row.is_effective(TODAY)}


def test_search_and_page_agree_on_the_status_of_a_model(db: None) -> None:
    provider = Provider.objects.create(slug="lab", name="Lab")
    shapes: list[dict[str, Any]] = [
        {"precision": "day", "retires": TODAY},
        {"precision": "day", "retires": TODAY + timedelta(1)},
        {"precision": "none_yet", "listed_as": "legacy"},
        {"precision": "none_yet"},
    ]
    for number, chosen in enumerate(product((False, True), repeat=len(shapes))):
        ai_model = AIModel.objects.create(identifier=f"m-{number}", name="M", provider=provider)
        for platform, (shape, is_there) in enumerate(zip(shapes, chosen, strict=True)):
            if is_there:
                ai_model.retirements.create(platform=f"P {platform}", **shape)
    for slug in status.STATUS_LABELS:
        found = set(AIModel.objects.filter(status.has_slug(slug, TODAY)))
        assert found == {m for m in AIModel.objects.all() if status.of_model(m, TODAY).slug == slug}
        assert found
