"""Set how many places or how much monthly budget a model has."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.grants import activation
from requests_app.models import Capacity, Policy
from requests_app.refusals import Invalid, NotAllowed
from requests_app.rules.roles import in_group
from requests_app.transitions.policy_locks import lock_policy
from requests_app.transitions.register_locks import lock_model
from requests_app.transitions.transition import record_event

MAX_CAPACITY = 1_000_000_000


@transaction.atomic
def set_capacity(
    policy: Policy, ai_model: AIModel, *, by: User, places: int | None, monthly_budget: int | None
) -> Policy:
    """Limit a model under the policy; None means no limit. The budget is in whole USD per month.

    Nobody loses access: a lower limit only lets fewer grants start from now on.
    """
    policy = lock_policy(policy.pk)
    # Not the limits themselves: a model's first one is no row yet that a starting grant could lock.
    ai_model = lock_model(ai_model)
    now = timezone.now()
    _check(policy, ai_model, by)
    bounds = {"places": places, "monthly_budget": monthly_budget}
    for name, bound in bounds.items():
        if bound is not None and not 0 <= bound <= MAX_CAPACITY:
            raise Invalid(
                {name: _("Enter 0 or a higher whole number, or leave blank for no limit.")}
            )
    before = Capacity.objects.filter(ai_model=ai_model).first()
    _write(ai_model, bounds)
    details = {
        "model": ai_model.identifier,
        "from": _capacity_details(before),
        "to": _bounded(bounds),
    }
    record_event(policy, "policy.capacity_set", by=by, at=now, details=details)
    # A higher limit may make room for those who wait.
    activation.activate_next_on_commit([ai_model.pk])
    return policy


def _check(policy: Policy, ai_model: AIModel, by: User) -> None:
    by = User.objects.get(pk=by.pk)
    if not by.is_active or not (by.is_superuser or in_group(by, policy.owners_id)):
        raise NotAllowed(_("Only the policy's owners or a superuser can change this."))
    if not policy.ai_models.filter(pk=ai_model.pk).exists():
        raise Invalid(
            {
                "ai_model": _("%(ai_model)s isn't covered by this policy. Choose a model that is.")
                % {"ai_model": ai_model}
            }
        )


def _write(ai_model: AIModel, bounds: dict[str, int | None]) -> None:
    """Store the limits; without any there is no row."""
    if _bounded(bounds):
        Capacity.objects.update_or_create(ai_model=ai_model, defaults=bounds)
    else:
        Capacity.objects.filter(ai_model=ai_model).delete()


def _capacity_details(capacity: Capacity | None) -> dict[str, Any]:
    if capacity is None:
        return {}
    bounds = {"places": capacity.places, "monthly_budget": capacity.monthly_budget}
    return _bounded(bounds)


def _bounded(bounds: dict[str, int | None]) -> dict[str, int]:
    return {name: bound for name, bound in bounds.items() if bound is not None}
