"""Follow a model, a provider or a platform, and stop."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import AIModel, Provider, Retirement
from lifecycle.people.models import User
from requests_app.models import Follow
from requests_app.refusals import Invalid
from requests_app.rules.permissions import check_good_standing
from requests_app.rules.watchers import follows_of
from requests_app.transitions.people_locks import lock_person

Followed = AIModel | Provider | str


@transaction.atomic
def follow(what: Followed, *, by: User) -> Follow:
    """Tell the person by email of the retirements of a model, a provider or a platform.

    Following twice changes nothing.
    """
    person = lock_person(by)  # an account that is being deleted follows nothing more
    check_good_standing(person)
    if isinstance(what, str) and not Retirement.objects.filter(platform=what).exists():
        raise Invalid({"platform": _("The catalogue doesn't have this platform.")})
    row, _is_new = Follow.objects.get_or_create(
        person=person, **_columns(what), defaults={"followed_at": timezone.now()}
    )
    return row


@transaction.atomic
def unfollow(what: Followed, *, by: User) -> bool:
    """Stop; False if the person didn't follow it."""
    count, _by_table = Follow.objects.filter(person=by, **_columns(what)).delete()
    return bool(count)


@transaction.atomic
def unfollow_all(ai_model: AIModel, platforms: Collection[str], *, by: User) -> list[str]:
    """Stop everything for which the person is told of these; return the names of what it was."""
    rows = follows_of(ai_model, platforms).filter(person=by)
    names = [str(row) for row in rows.select_related("ai_model", "provider")]
    rows.delete()
    return names


def _columns(what: Followed) -> dict[str, object]:
    return {
        "ai_model": what if isinstance(what, AIModel) else None,
        "provider": what if isinstance(what, Provider) else None,
        "platform": what if isinstance(what, str) else "",
    }
