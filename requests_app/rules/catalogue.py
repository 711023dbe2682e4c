"""Who may edit the catalogue, and when a second person has to agree."""

from django.db.models import Q, QuerySet

from lifecycle.catalogue.editors import EDITORS
from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import PolicyModel, Proposal
from requests_app.refusals import NotAllowed

EDITORS_ONLY = f"Only members of the group {EDITORS} can change the catalogue."


def editors() -> QuerySet[User]:
    """Return the group's members in good standing who can open the desk."""
    return User.objects.filter(groups__name=EDITORS, is_active=True, is_staff=True)


def is_editor(person: User) -> bool:
    """Return whether the person may change the catalogue: a superuser, or one of its editors."""
    active = User.objects.filter(pk=person.pk, is_active=True, is_staff=True)
    return active.filter(Q(is_superuser=True) | Q(groups__name=EDITORS)).exists()


def check_editor(person: User) -> None:
    """Raise NotAllowed unless the person may change the catalogue."""
    if not is_editor(person):
        raise NotAllowed(EDITORS_ONLY)


def why_not_decide(proposal: Proposal, by: User) -> str | None:
    if not is_editor(by):
        return EDITORS_ONLY
    if proposal.proposed_by_id == by.pk:
        return "You proposed this change, so another editor has to decide on it."
    return None


def why_not_withdraw(proposal: Proposal, by: User) -> str | None:
    if proposal.proposed_by_id != by.pk:
        return "Only the editor who proposed this change can withdraw it."
    return None


def needs_second_editor(ai_model: AIModel) -> bool:
    """Return whether people rely on the model's facts: it can be requested under a policy."""
    return ai_model.is_by_request() and PolicyModel.objects.filter(ai_model=ai_model).exists()
