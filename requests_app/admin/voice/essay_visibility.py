"""Which essays a person may see on the review desk, and which wait for their vote."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from lifecycle.people.models import User
from lifecycle.voice.models import InterviewParticipant
from requests_app.models import Delegation, Stage, Vote
from requests_app.rules.catalogue import is_editor
from requests_app.rules.desk.visibility import (
    delegated_seats,
    groups_of,
    reviewed_by_groups,
    with_free_seat,
)
from requests_app.rules.eligibility import COUNTED_CHOICES


def essays_visible_to(who: User, now: datetime) -> Q:
    """Select all essays for an editor, and those that reached a stage of the person's seats."""
    if is_editor(who):
        return Q()
    opened = Stage.objects.filter(essay=OuterRef("pk"), opened_at__isnull=False)
    return Q(Exists(opened.filter(_seats(who, now))))


def _seats(who: User, now: datetime) -> Q:
    seats = reviewed_by_groups(groups_of(who))
    for place in delegated_seats(who, now):
        lent = reviewed_by_groups(groups_of(place.person))
        seats |= place.covered_stages() & lent
    return seats


def waiting_for(
    who: User, now: datetime, places: Sequence[Delegation] | None = None
) -> QuerySet[Stage]:
    """Select open stages of essays for which `VotingPanel.obstacle(who)` is None.

    The number of queries doesn't grow with the stages; a test compares both.
    """
    lent = delegated_seats(who, now) if places is None else places
    rows = Stage.objects.open().filter(essay__isnull=False)
    rows = rows.filter(with_free_seat(who, lent, _unbarred))
    return rows.select_related("step", "essay__series__ai_model").order_by("due_at", "pk")


def _unbarred(who: User) -> Q:
    """Select stages on which `who` has no conflict of interest and hasn't voted."""
    votes = Vote.objects.filter(voter=who)
    cast = votes.filter(choice__in=COUNTED_CHOICES)
    elsewhere = Q(Exists(cast.filter(stage__essay=OuterRef("essay"))))
    interviewed = InterviewParticipant.objects.filter(
        person=who, interview__ai_model=OuterRef("essay__series__ai_model")
    )
    recused = votes.filter(stage__essay=OuterRef("essay"), choice=Vote.Choice.RECUSE)
    barred = Q(essay__handed_in_by=who) | Q(Exists(recused)) | Q(Exists(interviewed))
    barred |= Q(Exists(cast.filter(stage=OuterRef("pk"))))
    return ~(barred | Q(step__allow_repeat_voters=False) & elsewhere)
