"""What the review page shows of a request, read in a fixed number of queries."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Prefetch, Q

from lifecycle.people.models import User
from requests_app.models import (
    AccessRequest,
    Event,
    Revision,
    Stage,
    Vote,
)
from requests_app.reports import usage
from requests_app.reports.review import looks, thread, timeline
from requests_app.reports.review.reviewers import PAST_TENSE, ReviewerStatus, reviewer_statuses
from requests_app.reports.review.sent_request import SentRequest
from requests_app.reports.review.thread import CommentLine
from requests_app.reports.usage import GrantUsage
from requests_app.rules.conflicts import RequestConflicts
from requests_app.rules.desk import inbox
from requests_app.rules.desk.visibility import groups_of, requests_visible_to
from requests_app.rules.desk.vote_visibility import VoteVisibility, oversees, visibility_for
from requests_app.rules.eligibility import VotingPanel
from requests_app.rules.permissions import why_not

RELATED = (
    "requester__institution",
    "policy_version__policy__owners",
    "appeal_of",
    "closed_by",
    "continues",
)


@dataclass
class ReviewPage(SentRequest):
    """One request as `who` may see it at `now`."""

    who: User
    now: datetime

    @cached_property
    def visible(self) -> Q:
        """Selects the requests that `who` may see."""
        return Q() if self.who.is_superuser else requests_visible_to(self.who, self.now)

    @cached_property
    def visible_origins(self) -> set[int]:
        """Ids of the appealed or extended requests that `who` may see."""
        one, continued = self.access_request, self.access_request.continues
        behind = [one.appeal_of_id, continued.access_request_id if continued else None]
        seen = AccessRequest.objects.filter(self.visible, pk__in=[pk for pk in behind if pk])
        return set(seen.values_list("pk", flat=True))

    @cached_property
    def may_reassign(self) -> bool:
        """Whether `who` can reassign a seat of the open step; the action asks for owners again."""
        owners = self.access_request.policy_version.policy.owners_id
        if self.stage is None or owners not in groups_of(self.who):
            return False
        return why_not("reassign", self.stage, self.who) is None

    @cached_property
    def stages(self) -> list[Stage]:
        votes = Prefetch("votes", Vote.objects.select_related("voter", "seat"))
        rows = self.access_request.stages.select_related("step__reviewers", "step__alternates")
        by_pk: dict[int | None, Revision] = {revision.pk: revision for revision in self.revisions}
        stages = list(rows.order_by("revision__number", "step__position").prefetch_related(votes))
        for stage in stages:
            stage.revision, stage.access_request = by_pk[stage.revision_id], self.access_request
        return stages

    @cached_property
    def conflicts(self) -> RequestConflicts:
        """The conflicts of interest, by the votes that the page shows."""
        conflicts = RequestConflicts(self.access_request)
        conflicts.votes = [vote for stage in self.stages for vote in stage.votes.all()]
        return conflicts

    @cached_property
    def panel(self) -> VotingPanel | None:
        """The panel of the open stage, if there is one."""
        found = next((stage for stage in self.stages if stage.state == "open"), None)
        if found is None:
            return None
        panel = VotingPanel(found, self.now, self.conflicts)
        panel.stages = [each for each in self.stages if each.revision_id == found.revision_id]
        return panel

    @property
    def stage(self) -> Stage | None:
        return self.panel.stage if self.panel else None

    @cached_property
    def decision_digest(self) -> str:
        """Digest of the open step and of what its votes are about; empty if none is open."""
        if self.stage is None:
            return ""
        about = f"{self.stage.pk} {self.revision.digest(self.current_scope)}"
        return hashlib.sha256(about.encode()).hexdigest()

    @cached_property
    def vote_visibility(self) -> VoteVisibility:
        return visibility_for(self.who, self.conflicts, self.panel)

    @property
    def badges(self) -> list[str]:
        return inbox.badges(self.stage, self.now) if self.stage else []

    @cached_property
    def obstacle(self) -> str:
        """Why the buttons are disabled; empty if they aren't."""
        if self.panel is None:
            return "No step is waiting for a decision."
        assert self.panel.stage.due_at  # open stages have one (constraint)
        if sentence := self.panel.obstacle(self.who):
            return sentence
        # The sweep that expires the step may run late; the action refuses such a vote too.
        if self.panel.stage.due_at <= self.now:
            return "The deadline for this step has passed, so it can't be decided."
        return ""

    @property
    def why_not_approve(self) -> str:
        """Why nobody can approve while other decisions are possible; empty if they can."""
        if self.obstacle or self.panel is None:
            return self.obstacle
        if self.access_request.requester.is_active:
            return self.panel.why_not_approve or ""
        return "The requester's account is not in good standing, so nothing can be granted."

    @property
    def reviewers(self) -> list[ReviewerStatus]:
        if self.panel is None:
            return []
        return reviewer_statuses(self.panel, self.vote_visibility, self.events)

    @property
    def narrowings(self) -> list[dict[str, Any]]:
        """Each narrowing: what it removed, by whom and why."""
        before, cuts = self.revision.asked(), []
        for narrowing in self.revision.narrowings.all():
            hidden = self.vote_visibility.hides_author(narrowing)
            cut = {"at": narrowing.at, "taken": timeline.reductions(before, narrowing.scope())}
            told = {"by": narrowing.by, "reason": narrowing.reason}
            cuts.append(cut if hidden else cut | told)
            before = narrowing.scope()
        return cuts

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The stages of all revisions, with the votes that `who` may see."""
        return [
            {
                "stage": stage,
                "votes": [
                    (v, PAST_TENSE[v.choice])
                    for v in stage.votes.all()
                    if not self.vote_visibility.hides(v)
                ],
                "votes_hidden": self.vote_visibility.is_party
                or stage == self.vote_visibility.blind,
            }
            for stage in self.stages
        ]

    @cached_property
    def usage(self) -> GrantUsage | None:
        """Usage of the grant that this request would extend."""
        continued = self.access_request.continues
        return usage.usage_of_grant(continued, self.now) if continued else None

    @cached_property
    def events(self) -> list[Event]:
        return list(self.access_request.events.select_related("actor").order_by("sequence"))

    @cached_property
    def entries(self) -> list[timeline.ReviewTimelineEntry]:
        found = timeline.entries(self.events, self.stages, self.vote_visibility)
        return list(timeline.folded(found))

    @cached_property
    def comments(self) -> list[CommentLine]:
        return list(thread.thread(self.events, self.vote_visibility))

    @property
    def earlier_comments(self) -> list[CommentLine]:
        """Those that the page folds away."""
        return self.comments[: -thread.MAX_UNFOLDED]

    @property
    def newest_comments(self) -> list[CommentLine]:
        return self.comments[-thread.MAX_UNFOLDED :]

    @cached_property
    def why_not_comment(self) -> str | None:
        return why_not("comment", self.conflicts, self.who)

    @cached_property
    def read_log(self) -> list[Any]:
        """Who opened the request and when; only for its overseers."""
        if self.vote_visibility.is_party or not oversees(self.who, self.access_request):
            return []
        return looks.by_person(self.access_request.read_log.all())
