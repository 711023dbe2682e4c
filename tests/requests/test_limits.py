"""Limits on use in words, and where they can't be broken: the database."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from requests_app.models import Grant, Narrowing, Policy, PolicyVersion, Stage, UsageLimits
from requests_app.models.requests.scope import LIMIT_FIELDS
from requests_app.wording import limits

SENTENCES = [
    (UsageLimits(), "No usage limits."),
    (UsageLimits(60), "At most 60 requests per minute."),
    (UsageLimits(1, 1, 1, 1),
     "At most 1 request per minute, 1 request per day, 1 token per day and 1 USD in total."),
    (UsageLimits(60, None, 100_000), "At most 60 requests per minute and 100,000 tokens per day."),
    (UsageLimits(60, 1_000, 100_000, 9),
     "At most 60 requests per minute, 1,000 requests per day, 100,000 tokens per day and 9 USD "
     "in total."),
]  # fmt: skip


@pytest.mark.parametrize(("given", "sentence"), SENTENCES)
def test_sentence(given: UsageLimits, sentence: str) -> None:
    assert limits.sentence(given) == sentence


def test_differences_name_only_what_is_not_the_same() -> None:
    before, after = UsageLimits(60, None, 9, 5), UsageLimits(30, 7, None, 5)
    assert list(limits.differences(before, after)) == [
        ("requests_per_minute", "60 requests per minute", "30 requests per minute"),
        ("requests_per_day", "no limit", "7 requests per day"),
        ("tokens_per_day", "9 tokens per day", "no limit"),
    ]


def test_every_limit_has_its_words_and_its_highest() -> None:
    assert tuple(limits.LABELS) == tuple(limits.MAX_LIMITS) == LIMIT_FIELDS


@pytest.mark.parametrize("name", LIMIT_FIELDS)
def test_problems_are_told_from_the_first_to_the_last_number_that_is_none(name: str) -> None:
    def told(most: int) -> list[str]:
        return [where for where, _ in limits.problems(UsageLimits(**{name: most}))]

    highest = limits.MAX_LIMITS[name]
    assert told(1) == told(highest) == []
    assert told(0) == told(-1) == told(highest + 1) == [name]


@pytest.mark.parametrize("name", LIMIT_FIELDS)
def test_database_stores_the_highest(policy: Policy, name: str) -> None:
    draft = PolicyVersion(policy=policy, number=9, author_id=policy.versions.get().author_id)
    setattr(draft, name, limits.MAX_LIMITS[name])
    draft.save()
    draft.refresh_from_db()
    assert getattr(draft, name) == limits.MAX_LIMITS[name]


@pytest.mark.parametrize("name", LIMIT_FIELDS)
def test_database_refuses_a_limit_of_nothing(policy: Policy, grant: Grant, name: str) -> None:
    nothing: dict[str, Any] = {name: 0}
    revision = Stage.objects.get().revision
    scope = revision.scope()
    rows = (
        PolicyVersion(policy=policy, number=9, author=grant.holder, **nothing),
        Narrowing(
            revision=revision, by=grant.holder, at=grant.created_at, duration=scope.duration,
            identifiers=scope.identifiers, operations=scope.operations, **nothing,
        ),
    )  # fmt: skip
    for row in rows:
        with pytest.raises(IntegrityError, match="limits_are_positive"), transaction.atomic():
            row.save()
    with pytest.raises(IntegrityError, match="grant_limits_are_positive"):
        Grant.objects.update(**nothing)
