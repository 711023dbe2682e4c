"""What was sent for review: the texts, models and terms of a request, without who reviews it."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from django.db.models import Prefetch

from lifecycle.catalogue.models import AIModel
from requests_app.actions.requests import participating_reviewers
from requests_app.models import (
    AccessRequest,
    Grant,
    Narrowing,
    RequestInstitution,
    RequestPart,
    Revision,
    Scope,
)
from requests_app.models.requests.attestation import ATTESTATION_TEXTS
from requests_app.models.review.question import applicable_questions, from_stored
from requests_app.reports.review import sent_facts
from requests_app.reports.review.sent_facts import SentFact
from requests_app.rules.suspension import ended_suspended
from requests_app.states import GrantState
from requests_app.wording import limits, titles
from requests_app.wording import revisions as revision_wording
from requests_app.wording.questions import shown
from requests_app.wording.revisions import PartChange

MAX_REVISIONS = 6


@dataclass
class SentRequest:
    """One request by its submitted revisions."""

    access_request: AccessRequest

    @cached_property
    def revisions(self) -> list[Revision]:
        """The submitted revisions; only the requester sees drafts."""
        related = ("retirements__date_changes", "replacements", "access_routes")
        sent = self.access_request.revisions.exclude(submitted_at=None)
        rows = sent.select_related("accepted__policy").prefetch_related(
            "ai_models__provider",
            *(f"ai_models__{name}" for name in related),
            "collaborators__institution",
            "files",
            Prefetch("narrowings", Narrowing.objects.select_related("by")),
        )
        revisions = list(rows)
        for revision in revisions:
            revision.access_request = self.access_request
        return revisions

    @property
    def revision(self) -> Revision:
        return self.revisions[-1]

    @property
    def texts(self) -> list[tuple[Any, str]]:
        """The texts besides the purpose, with their labels."""
        parts = self.revision.parts()
        named = (RequestPart.USE, RequestPart.TEAM, RequestPart.DATA, RequestPart.SAFETY)
        return [(part.label, parts[part]) for part in named if parts[part]]

    @property
    def answers(self) -> list[tuple[str, str]]:
        """The policy's questions with their answers, unanswered ones included."""
        text = self.revision
        questions = from_stored(self.access_request.policy_version.questions)
        found = applicable_questions(questions, text.track, text.answers)
        return [(each.label, shown(each, text.answers.get(each.key))) for each in found]

    @cached_property
    def institutions(self) -> list[RequestInstitution]:
        """Those recorded when it was first sent."""
        return list(self.access_request.institutions.select_related("institution"))

    @property
    def withdrawn_before_end(self) -> list[AIModel]:
        """Models that will be withdrawn before the requested end."""
        end, models = self.revision.ends_on, self.revision.ai_models.all()
        return [each for each in models if each.withdrawn_at and each.withdrawn_at.date() < end]

    @cached_property
    def barred_collaborators(self) -> set[int]:
        """Ids of collaborators who review for or own the policy."""
        found = participating_reviewers.among(
            self.revision.collaborators.all(), self.access_request
        )
        return set(found.values_list("pk", flat=True))

    @cached_property
    def suspended_ends(self) -> list[Grant]:
        """Earlier grants for these models that ended under an owner's suspension."""
        models = self.revision.ai_models.all()
        rows = Grant.objects.filter(granted_models__ai_model__in=models, state=GrantState.ENDED)
        return ended_suspended(rows.filter(holder=self.access_request.requester_id))

    @property
    def links(self) -> list[str]:
        """The profiles elsewhere; the ORCID iD is among the facts."""
        return [link for link in (self.revision.scholar, self.revision.github) if link]

    @property
    def facts(self) -> list[SentFact]:
        return sent_facts.of_requester(self.revision, self.access_request.requester)

    @property
    def attested(self) -> Any:
        """The statement that the requester confirmed."""
        return ATTESTATION_TEXTS.get(self.revision.attested, "")

    @property
    def title(self) -> str:
        return titles.of_revision(self.revision)

    @cached_property
    def current_scope(self) -> Scope:
        """What an approval would grant now."""
        return self.revision.scope()

    @property
    def limits_text(self) -> str:
        """The limits that an approval would set, as a phrase; empty if there are none."""
        return limits.limits_phrase(self.current_scope.limits)

    @property
    def policy_limits(self) -> str:
        return limits.sentence(self.access_request.policy_version.limits())

    @cached_property
    def changes(self) -> list[tuple[Revision, Revision, list[PartChange]]]:
        """The changes from each revision to the next, newest first."""
        pairs = [*pairwise(self.revisions[-MAX_REVISIONS:])]
        return [
            (one, other, list(revision_wording.between(one, other)))
            for one, other in reversed(pairs)
        ]
