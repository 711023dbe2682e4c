"""Sign-ups, moves, endings and other mergers while two institutions become one: real threads."""

import pytest
from django.db import transaction

from lifecycle.people.models import Affiliation, Institution, User
from requests_app.actions.endings import bulk_revocation
from requests_app.actions.requests import affiliations, institutions
from requests_app.models import BulkRevocation, InstitutionMerge
from requests_app.refusals import WrongState
from tests.support.concurrency import at_once, started

pytestmark = pytest.mark.django_db(transaction=True)


def merge(old: Institution, into: Institution, by: User) -> InstitutionMerge:
    return institutions.merge(old, into, by=by, reason="One.")


def sign_up(place: Institution) -> User:
    """With an institution that was looked up before."""
    return User.objects.create_user("new@example.org", None, full_name="New", institution=place)


def move(who: User, name: str) -> User:
    return affiliations.change_profile(
        who, full_name=who.full_name, institution=name, orcid="", country=""
    )


def all_at(place: Institution) -> bool:
    profiles = User.objects.exclude(institution=None).exclude(institution=place)
    history = Affiliation.objects.exclude(institution=place)
    return not profiles.exists() and not history.exists()


def test_who_signs_up_first_is_moved(uio: Institution, oslo: Institution, ada: User) -> None:
    with transaction.atomic():
        sign_up(uio)
        merging = started(lambda: merge(uio, oslo, ada))
    assert merging().people == 1
    assert all_at(oslo)


def test_who_signs_up_while_it_merges_gets_the_other(
    uio: Institution, oslo: Institution, ada: User
) -> None:
    with transaction.atomic():
        merge(uio, oslo, ada)
        signing_up = started(lambda: sign_up(uio))
    assert isinstance(signing_up(), User)
    assert all_at(oslo)


def test_move_from_the_one_to_the_other_and_merging_do_not_wait_for_each_other(
    uio: Institution, oslo: Institution, alice: User, bob: User, ada: User
) -> None:
    for who in (alice, bob):
        move(who, "UiO")
    done = at_once(
        lambda: move(alice, "University of Oslo"),
        lambda: merge(uio, oslo, ada),
        lambda: move(bob, "UiO"),
    )
    assert [type(each) for each in done] == [User, InstitutionMerge, User]
    assert all_at(oslo)


def test_of_two_that_merge_into_each_other_one_does(
    uio: Institution, oslo: Institution, ada: User
) -> None:
    done = at_once(lambda: merge(uio, oslo, ada), lambda: merge(oslo, uio, ada))
    assert sorted(type(each).__name__ for each in done) == ["InstitutionMerge", "WrongState"]


def test_ending_that_waits_for_a_merger_says_where_to_end_instead(
    uio: Institution, oslo: Institution, ada: User
) -> None:
    with transaction.atomic():
        merge(uio, oslo, ada)
        ending = started(lambda: bulk_revocation.revoke_everything(uio, by=ada, reason="Over."))
    assert isinstance(ending(), WrongState)


def test_merger_and_ending_of_the_other_at_once_both_work(
    uio: Institution, oslo: Institution, alice: User, ada: User
) -> None:
    move(alice, "UiO")
    done = at_once(
        lambda: merge(uio, oslo, ada),
        lambda: bulk_revocation.revoke_everything(oslo, by=ada, reason="Over."),
    )
    assert [type(each) for each in done] == [InstitutionMerge, BulkRevocation]
