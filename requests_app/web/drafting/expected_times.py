"""How long a decision will take: what the steps allow at most, and what it has taken so far."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from django.db.models import prefetch_related_objects

from lifecycle.catalogue.models import AIModel
from requests_app.models import PolicyVersion
from requests_app.reports.public_numbers import statistics
from requests_app.web.catalogue import availability
from requests_app.wording import step_windows


class ExpectedTime(NamedTuple):
    """The time under one policy; `median` is None where /numbers/ shows none."""

    policy: str
    steps: int
    at_most: str
    median: timedelta | None


def of_version(version: PolicyVersion) -> ExpectedTime:
    """Return the time under a version; steps that few requests need count, too."""
    steps = version.steps.all()
    whole = sum((step.window for step in steps), timedelta())
    name = str(version.policy)
    at_most = step_windows.window(whole, version.country)
    return ExpectedTime(name, len(steps), at_most, statistics.published_median(name))


def of_models(ai_models: Iterable[AIModel]) -> list[ExpectedTime]:
    """Return the time under each policy of the models, by its name."""
    found = (availability.version_in_force(ai_model) for ai_model in ai_models)
    versions = {version.pk: version for version in found if version}
    prefetch_related_objects(list(versions.values()), "steps")
    times = (of_version(version) for version in versions.values())
    return sorted(times, key=lambda time: time.policy)
