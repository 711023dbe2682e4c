"""The content of a policy version without its rows, stored or being written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib.auth.models import Group

from requests_app.models.requests.scope import LIMIT_FIELDS, UsageLimits
from requests_app.models.review.policy import Condition, all_parts
from requests_app.models.review.question import Question


@dataclass(frozen=True)
class StepInput:
    """A step of a policy version."""

    name: str
    reviewers: Group
    quorum: int = 1
    denials_to_fail: int = 1
    window: timedelta = timedelta(days=7)
    alternates: Group | None = None
    blind: bool = False
    allow_repeat_voters: bool = False
    condition: str = Condition.ALWAYS
    condition_value: str = ""
    rereview_on: list[str] = field(default_factory=all_parts)


@dataclass(frozen=True)
class VersionInput:
    """The whole content of a policy version. None means no limit."""

    terms: str
    steps: Sequence[StepInput]
    max_duration: timedelta = timedelta(days=180)
    country: str = ""
    institution_conflict: bool = True
    wait_after_denial: timedelta = timedelta(days=30)
    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    tokens_per_day: int | None = None
    spend_cap: int | None = None
    questions: Sequence[Question] = ()

    def limits(self) -> UsageLimits:
        return UsageLimits(*(getattr(self, name) for name in LIMIT_FIELDS))
