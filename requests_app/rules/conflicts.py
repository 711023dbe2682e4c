"""Conflicts of interest: who may not decide on a request, and the sentences that say why.

The inbox applies the same rules in SQL (`rules/desk/inbox.py`), and a trigger refuses such votes.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from functools import cached_property
from typing import NamedTuple

from django.db.models import QuerySet, Value
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from lifecycle.people.models import User
from lifecycle.voice.models import Essay, InterviewParticipant
from requests_app.models import AccessRequest, AddedReviewer, Colleague, Stage, Vote


class ConflictKind(Enum):
    """Why somebody may not decide, in the order of precedence."""

    OWN_REQUEST = auto()
    VOTED_ON_WHAT_IS_APPEALED = auto()
    RECUSED = auto()
    COLLABORATOR = auto()
    COLLEAGUE = auto()
    ADDED_BY_REQUESTER = auto()
    HANDED_IN = auto()
    RECUSED_FROM_ESSAY = auto()
    INTERVIEWED = auto()
    VOTED_IN_ANOTHER_STEP = auto()


Kind = ConflictKind

# Addressed to the person.
REFUSALS: Mapping[ConflictKind, StrPromise] = {
    Kind.OWN_REQUEST: gettext_lazy("You can't decide your own request."),
    Kind.VOTED_ON_WHAT_IS_APPEALED: gettext_lazy("You voted on the request that this one appeals."),
    Kind.RECUSED: gettext_lazy("You have recused yourself from this request."),
    Kind.COLLABORATOR: gettext_lazy("You are a collaborator on this request."),
    Kind.COLLEAGUE: gettext_lazy(
        "You work at the requester's institution, or did when this was sent, so you can't "
        "review this."
    ),
    Kind.ADDED_BY_REQUESTER: gettext_lazy(
        "The requester made you a reviewer of this policy, so others decide."
    ),
    Kind.HANDED_IN: gettext_lazy("You handed in this essay, so others decide on it."),
    Kind.RECUSED_FROM_ESSAY: gettext_lazy("You have recused yourself from this essay."),
    Kind.INTERVIEWED: gettext_lazy(
        "You took part in an interview of this model, so others decide on its essays."
    ),
    Kind.VOTED_IN_ANOTHER_STEP: gettext_lazy(
        "You have already voted on “%(step)s”, so other reviewers decide this step."
    ),
}

# For others on the review desk, after the person's name.
DESCRIPTIONS: Mapping[ConflictKind, str] = {
    Kind.OWN_REQUEST: "is the requester",
    Kind.VOTED_ON_WHAT_IS_APPEALED: "voted on the request that this one appeals",
    Kind.RECUSED: "recused",
    Kind.COLLABORATOR: "is a collaborator on this request",
    Kind.COLLEAGUE: "works at the requester's institution, or did when it was sent",
    Kind.ADDED_BY_REQUESTER: "was made a reviewer of this policy by the requester",
    Kind.HANDED_IN: "handed it in",
    Kind.RECUSED_FROM_ESSAY: "recused",
    Kind.INTERVIEWED: "took part in an interview of the model",
    Kind.VOTED_IN_ANOTHER_STEP: "voted on “%(step)s”",
}


class Conflict(NamedTuple):
    """One person's conflict of interest; `vote` is the vote on this request that causes it."""

    kind: ConflictKind
    vote: Vote | None = None

    @property
    def refusal(self) -> str:
        return REFUSALS[self.kind] % self._names

    @property
    def description(self) -> str:
        return DESCRIPTIONS[self.kind] % self._names

    @property
    def _names(self) -> Mapping[str, object]:
        return {"step": self.vote.stage.step} if self.vote else {}


class Conflicts(ABC):
    """All conflicts of interest on one subject of stages, read in a fixed number of queries."""

    @property
    @abstractmethod
    def submitter_id(self) -> int:
        """Id of who submitted the subject."""

    @property
    @abstractmethod
    def all_votes(self) -> QuerySet[Vote]:
        """Select all votes on the subject."""

    @abstractmethod
    def all_of(self, person: User) -> Iterator[Conflict]:
        """Yield the conflicts that bar this person from every step, in order of precedence."""

    # Refuses approvals once an earlier step has lost its quorum; names it by `%(step)s`.
    lost_quorum: StrPromise = gettext_lazy(
        "A reviewer who approved “%(step)s” now has a conflict of interest. Request changes so "
        "that it is decided again."
    )

    @cached_property
    def colleagues(self) -> set[int]:
        """Ids of people at the institution of who submitted it; nobody's unless overridden."""
        return set()

    @cached_property
    def votes(self) -> list[Vote]:
        return list(self.all_votes.select_related("stage__step", "voter", "seat"))

    @property
    def recusals(self) -> Iterator[Vote]:
        return (vote for vote in self.votes if vote.choice == Vote.Choice.RECUSE)

    def recusals_of(self, person: User) -> Iterator[Vote]:
        return (vote for vote in self.recusals if vote.voter_id == person.pk)

    def of(self, person: User) -> Conflict | None:
        """Return the person's first conflict, or None."""
        return next(self.all_of(person), None)


class RequestConflicts(Conflicts):
    """All conflicts of interest on one request."""

    def __init__(self, access_request: AccessRequest) -> None:
        self.access_request = access_request

    @property
    def submitter_id(self) -> int:
        return self.access_request.requester_id

    @property
    def all_votes(self) -> QuerySet[Vote]:
        """Select all votes on this request, on every revision."""
        return Vote.objects.filter(stage__access_request=self.access_request)

    @cached_property
    def collaborators(self) -> set[int]:
        """Ids of everyone ever named as collaborator, so that removing a name unbars nobody."""
        return set(self.access_request.named.values_list("pk", flat=True))

    @cached_property
    def colleagues(self) -> set[int]:
        """Ids of people at the requester's institution, now or since the request was sent."""
        return self._related(Kind.COLLEAGUE)

    @cached_property
    def added_by_requester(self) -> set[int]:
        """Ids of those whom the requester made a reviewer in a group of the policy version."""
        return self._related(Kind.ADDED_BY_REQUESTER)

    def _related(self, kind: ConflictKind) -> set[int]:
        return {person for person, why in self._relations if why == kind.name}

    @cached_property
    def _relations(self) -> list[tuple[int, str]]:
        """Everyone whom one of the two views names, in one query, and which view it is."""
        colleagues = Colleague.objects.filter(access_request=self.access_request)
        added = AddedReviewer.objects.filter(access_request=self.access_request)
        rows = colleagues.values_list("person", Value(Kind.COLLEAGUE.name))
        return list(rows.union(added.values_list("person", Value(Kind.ADDED_BY_REQUESTER.name))))

    @cached_property
    def appealed_voters(self) -> set[int]:
        """Ids of those who voted on the request being appealed."""
        appealed = self.access_request.appeal_of_id
        if not appealed:
            return set()
        votes = Vote.objects.filter(stage__access_request=appealed)
        return set(votes.values_list("voter", flat=True))

    @property
    def barred_colleagues(self) -> set[int]:
        """Ids of colleagues if the policy bars them, else none."""
        barred = self.access_request.policy_version.institution_conflict
        return self.colleagues if barred else set()

    def all_of(self, person: User) -> Iterator[Conflict]:
        if person.pk == self.access_request.requester_id:
            yield Conflict(Kind.OWN_REQUEST)
        if person.pk in self.appealed_voters:
            yield Conflict(Kind.VOTED_ON_WHAT_IS_APPEALED)
        yield from (Conflict(Kind.RECUSED, vote) for vote in self.recusals_of(person))
        if person.pk in self.collaborators:
            yield Conflict(Kind.COLLABORATOR)
        if person.pk in self.barred_colleagues:
            yield Conflict(Kind.COLLEAGUE)
        if person.pk in self.added_by_requester:
            yield Conflict(Kind.ADDED_BY_REQUESTER)


class EssayConflicts(Conflicts):
    """All conflicts of interest on one essay."""

    lost_quorum = gettext_lazy(
        "A reviewer who approved “%(step)s” now has a conflict of interest, so this essay can't be "
        "published."
    )

    def __init__(self, essay: Essay) -> None:
        self.essay = essay

    @property
    def submitter_id(self) -> int:
        return self.essay.handed_in_by_id

    @property
    def all_votes(self) -> QuerySet[Vote]:
        return Vote.objects.filter(stage__essay=self.essay)

    @cached_property
    def interviewers(self) -> set[int]:
        """Ids of those who took part in an interview of the model."""
        rows = InterviewParticipant.objects.filter(
            interview__ai_model=self.essay.series.ai_model_id, person__isnull=False
        )
        return set(rows.values_list("person", flat=True))

    def all_of(self, person: User) -> Iterator[Conflict]:
        if person.pk == self.essay.handed_in_by_id:
            yield Conflict(Kind.HANDED_IN)
        for vote in self.recusals_of(person):
            yield Conflict(Kind.RECUSED_FROM_ESSAY, vote)
        if person.pk in self.interviewers:
            yield Conflict(Kind.INTERVIEWED)


def conflicts_on(stage: Stage) -> Conflicts:
    """Return the conflicts of interest on what the stage decides."""
    if stage.essay:
        return EssayConflicts(stage.essay)
    return RequestConflicts(stage.access_request)
