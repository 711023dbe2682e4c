"""Withdraw a model permanently and notify the people who use it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.actions.keys import external_keys
from requests_app.models import Policy
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules.permissions import checked_reason
from requests_app.rules.roles import owner_ids
from requests_app.transitions.policy_locks import lock_policy
from requests_app.transitions.register_locks import lock_model
from requests_app.transitions.transition import record_event
from requests_app.wording import moments


@transaction.atomic
def withdraw(
    policy: Policy, ai_model: AIModel, *, by: User, reason: str, at: datetime | None = None
) -> AIModel:
    """Withdraw a model under the policy, now or at a future moment. It can't be undone.

    Grants stay as they are: the gateway check refuses their keys for this model only.
    """
    policy = lock_policy(policy.pk)
    ai_model = lock_model(ai_model)
    now = timezone.now()
    check(policy, ai_model, by)
    at = at or now
    if at < now:
        raise Invalid({"at": _("Choose a time in the future, or leave blank to withdraw it now.")})
    reason = checked_reason(
        reason, needed=_("Give a reason. Everyone who uses the model will see it.")
    )
    ai_model.withdrawn_at = at
    ai_model.save(update_fields=["withdrawn_at"])
    # Other gateways don't read the catalogue: they have to be told to drop the model.
    external_keys.refresh_all(ai_model, at=at)
    owners = owner_ids([policy])[policy.pk] - {by.pk}
    note(policy, ai_model, by=by, reason=reason, at=at, now=now, owners=owners)
    return ai_model


def note(
    policy: Policy,
    ai_model: AIModel,
    *,
    by: User,
    reason: str,
    at: datetime,
    now: datetime,
    owners: set[int],
) -> None:
    """Record the withdrawal on the locked policy; `owners` are those to tell of it."""
    details = {
        "model": ai_model.identifier,
        "withdrawn_at": at.isoformat(),
        "reason": reason,
        "owners": sorted(owners),
    }
    record_event(policy, "policy.model_withdrawn", by=by, at=now, details=details)


def check(policy: Policy, ai_model: AIModel, by: User) -> None:
    """Raise the refusal of a withdrawal by this person."""
    if not User.objects.filter(pk=by.pk, is_active=True, is_superuser=True).exists():
        raise NotAllowed(_("Only a superuser can withdraw a model."))
    if not policy.ai_models.filter(pk=ai_model.pk).exists():
        raise Invalid(
            {
                "ai_model": _("%(ai_model)s isn't covered by this policy. Choose a model that is.")
                % {"ai_model": ai_model}
            }
        )
    if ai_model.withdrawn_at:
        raise WrongState(
            _("%(ai_model)s was already withdrawn on %(withdrawn_at)s.")
            % {"ai_model": ai_model, "withdrawn_at": moments.moment(ai_model.withdrawn_at)}
        )
