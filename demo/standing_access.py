"""The demo's standing access: members of a lab have a model without a review."""

from collections.abc import Mapping
from datetime import timedelta

from django.contrib.auth.models import Group
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.standing import rules
from requests_app.models import Policy, StandingRule
from requests_app.models.access.standing_input import StandingRuleInput

NAME = "Members of the Language Lab"
MODEL = "claude-3-opus-20240229"


def seed(people: Mapping[str, User], policy: Policy, *, lab: str) -> None:
    """Publish the rule, once."""
    if StandingRule.objects.filter(name=NAME).exists():
        return
    text = StandingRuleInput(
        NAME,
        [AIModel.objects.get(identifier=MODEL)],
        timezone.now() + timedelta(days=365),
        group=Group.objects.get(name=lab),
        requests_per_minute=60,
        requests_per_day=500,
    )
    rules.publish(rules.draft(policy, text, by=people["pat"]), by=people["lee"])
