"""Say that one needs a retired model, or no longer does."""

from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import Demand
from requests_app.refusals import WrongState
from requests_app.rules.permissions import check_good_standing
from requests_app.transitions.people_locks import lock_person
from requests_app.validation.demand import why_not_needed


@transaction.atomic
def state(ai_model: AIModel, *, by: User) -> Demand:
    """Note that a person needs a model. A second time changes nothing."""
    # Of two clicks at once, the second waits here and then finds the row of the first.
    by = _checked(by)
    stated = Demand.objects.filter(person=by, ai_model=ai_model).first()
    if stated:
        return stated
    now = timezone.now()
    if sentence := why_not_needed(ai_model, now=now):
        raise WrongState(sentence)
    return Demand.objects.create(person=by, ai_model=ai_model, stated_at=now)


@transaction.atomic
def withdraw(ai_model: AIModel, *, by: User) -> bool:
    """Forget that a person needs a model, requestable by now or not; False if they didn't."""
    deleted, _of_each = Demand.objects.filter(person=_checked(by), ai_model=ai_model).delete()
    return bool(deleted)


def _checked(by: User) -> User:
    person = lock_person(by)
    check_good_standing(person)
    return person
