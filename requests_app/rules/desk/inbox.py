"""The inbox: stages that wait for a person, selected in SQL by the rules of `VotingPanel`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from lifecycle.people.models import User
from requests_app.models import AddedReviewer, Colleague, Delegation, Event, Revision, Stage, Vote
from requests_app.rules.desk.visibility import delegated_seats, with_free_seat
from requests_app.rules.eligibility import COUNTED_CHOICES

DUE_SOON = timedelta(days=1)


def waiting_for(
    who: User, now: datetime, places: Sequence[Delegation] | None = None
) -> QuerySet[Stage]:
    """Select open stages of requests for which `VotingPanel.obstacle(who)` is None, by deadline.

    The number of queries doesn't grow with the stages; a test compares both on random cases.
    """
    lent = delegated_seats(who, now) if places is None else places
    rows = Stage.objects.open().filter(essay=None)
    return rows.filter(with_free_seat(who, lent, _without_conflict)).order_by("due_at", "pk")


def _without_conflict(who: User) -> Q:
    """Select stages on which `who` has no conflict of interest and hasn't voted."""
    named = Revision.objects.filter(collaborators=who, submitted_at__isnull=False)
    collaborates = Q(Exists(named.filter(access_request=OuterRef("access_request"))))
    # Whoever took part in the appealed request takes part in its appeal.
    collaborates |= Q(Exists(named.filter(access_request=OuterRef("access_request__appeal_of"))))
    wrote = Event.objects.filter(kind="request.saved", actor=who)
    collaborates |= Q(Exists(wrote.filter(access_request=OuterRef("access_request"))))
    collaborates |= Q(Exists(wrote.filter(access_request=OuterRef("access_request__appeal_of"))))
    votes = Vote.objects.filter(voter=who)
    recused = votes.filter(
        stage__access_request=OuterRef("access_request"), choice=Vote.Choice.RECUSE
    )
    appealed = votes.filter(stage__access_request=OuterRef("access_request__appeal_of"))
    here = votes.filter(stage=OuterRef("pk"), choice__in=COUNTED_CHOICES)
    cast, this = votes.filter(choice__in=COUNTED_CHOICES), OuterRef("revision")
    # Two subqueries, so that each starts from the few stages of a revision, not from all votes.
    elsewhere = Q(Exists(cast.filter(stage__revision=this)))
    elsewhere |= Q(Exists(cast.filter(stage__carried_to__revision=this)))
    barred = Q(access_request__requester=who) | collaborates | Q(Exists(recused))
    barred |= Q(Exists(appealed)) | Q(Exists(here))
    barred |= Q(step__allow_repeat_voters=False) & elsewhere
    added = AddedReviewer.objects.filter(person=who)
    colleague = Colleague.objects.filter(access_request=OuterRef("access_request"), person=who)
    barred |= Q(Exists(colleague), access_request__policy_version__institution_conflict=True)
    barred |= Q(Exists(added.filter(access_request=OuterRef("access_request"))))
    return ~barred


def badges(stage: Stage, now: datetime) -> list[str]:
    """Return what is notable about an open stage."""
    assert stage.due_at  # open stages have one (constraint)
    soon = now < stage.due_at <= now + DUE_SOON
    conditions = {
        "overdue": stage.due_at <= now,
        "due soon": soon,
        "escalated": stage.escalated_at is not None,
        "not enough reviewers": stage.deadlocked_at is not None,
    }
    return [mark for mark, holds in conditions.items() if holds]
