"""The content of a standing rule without its row, stored or being written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from requests_app.models.access.standing_rule import MembershipKind
from requests_app.models.requests.scope import LIMIT_FIELDS, OPERATIONS, UsageLimits


@dataclass(frozen=True)
class StandingRuleInput:
    """The whole content of a standing rule. None means no limit."""

    name: str
    ai_models: Sequence[AIModel]
    ends_at: datetime
    kind: str = MembershipKind.GROUP
    group: Group | None = None
    claim_provider: str = ""
    claim_name: str = ""
    claim_value: str = ""
    operations: Sequence[str] = OPERATIONS
    duration: timedelta = timedelta(days=90)
    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    tokens_per_day: int | None = None
    spend_cap: int | None = None

    def limits(self) -> UsageLimits:
        return UsageLimits(*(getattr(self, name) for name in LIMIT_FIELDS))
