"""Let people open the review desk as members of a group."""

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app.actions.review import stages
from requests_app.actions.standing import access
from requests_app.refusals import NotAllowed
from requests_app.transitions.locks import lock_person


@transaction.atomic
def enlist(person: User, group: Group) -> User:
    """Add the person to the group; steps that lacked reviewers are looked at again on commit.

    Raises NotAllowed for an account that isn't in good standing.
    """
    person = lock_person(person)
    if not person.is_active:
        raise NotAllowed(_("This account is not in good standing."))
    person.is_staff = True
    person.save(update_fields=["is_staff"])
    person.groups.add(group)
    access.recheck_person(person)
    transaction.on_commit(stages.recheck_all, robust=True)
    return person
