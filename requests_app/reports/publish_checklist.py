"""What keeps requests from coming, or from being decided, though a policy version is in force."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from django.contrib.auth.models import Group
from django.db.models import F

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from requests_app.models import PolicyVersion, Proposal
from requests_app.models.review.policy_input import VersionInput
from requests_app.rules.roles import publishers_of
from requests_app.states import ProposalState, VersionState
from requests_app.validation.policy_version import VersionFinding, undecidable
from requests_app.validation.requested_models import Obstacle, obstacle

SENTENCES: Mapping[Obstacle, str] = {
    Obstacle.WITHDRAWN: "{} is withdrawn, so it can't be requested.",
    Obstacle.NOT_RETIRED: "{} isn't retired yet. It can be requested once it is.",
    Obstacle.NOT_BY_REQUEST: "{} isn't open to requests.",
}
TO_FILL_IN = re.compile(r"\[[^\[\]]{2,200}\]")  # as templates mark it


class ChecklistLine(NamedTuple):
    """One thing to do, with the row whose page on the desk is the place for it."""

    text: str
    ai_model: AIModel | None = None
    proposal: Proposal | None = None
    group: Group | None = None
    opens: bool = False  # whether opening the model to requests would do it


def checklist(version: PolicyVersion, today: date) -> list[ChecklistLine]:
    """Return what its owners should know, in a fixed number of queries."""
    return [*_models(version, today), *_reviewers(version), *_draft(version)]


def _models(version: PolicyVersion, today: date) -> Iterator[ChecklistLine]:
    rows = version.policy.ai_models.order_by("name", "pk")
    models = list(rows.prefetch_related("retirements", "access_routes"))
    if not models:
        yield ChecklistLine("No model is under this policy, so nothing can be requested.")
    waiting = Proposal.objects.filter(ai_model__in=models, state=ProposalState.WAITING)
    proposals = {proposal.ai_model_id: proposal for proposal in waiting}
    for ai_model in models:
        found, proposal = obstacle(ai_model, today), proposals.get(ai_model.pk)
        if found:
            opens = found == Obstacle.NOT_BY_REQUEST and proposal is None
            yield ChecklistLine(SENTENCES[found].format(ai_model), ai_model, proposal, opens=opens)


def _reviewers(version: PolicyVersion) -> Iterator[ChecklistLine]:
    steps = version.steps.select_related("reviewers", "alternates")
    named = [group for step in steps for group in (step.reviewers, step.alternates) if group]
    groups = {group.pk: group for group in named}
    rows = User.objects.filter(groups__in=groups, is_active=True).annotate(member_of=F("groups"))
    people = list(rows.order_by("full_name", "pk"))
    able = {one.member_of for one in people if one.is_staff}
    for pk, group in groups.items():
        if pk not in able:
            yield ChecklistLine(f"Nobody in {group} can open the review desk.", group=group)
    unable = {one.pk: one for one in people if not one.is_staff and one.member_of in able}
    for one in unable.values():
        sentence = f"{one} is among the reviewers, but can't open the review desk."
        yield ChecklistLine(sentence, group=groups[one.member_of])


def _draft(version: PolicyVersion) -> Iterator[ChecklistLine]:
    """Yield what is left to do before a draft should be published."""
    yield from map(ChecklistLine, to_fill_in(version.terms))
    if version.state == VersionState.DRAFT and not publishers_of(version).exists():
        yield ChecklistLine(
            f"Nobody else in {version.policy.owners} can publish it: that takes a second owner who "
            "can open the review desk."
        )


def of_text(text: VersionInput) -> Iterator[VersionFinding]:
    """Yield what would be left to do before a text that isn't stored yet can be published."""
    yield from undecidable(text)
    yield from (("terms", sentence) for sentence in to_fill_in(text.terms))


def to_fill_in(terms: str) -> Iterator[str]:
    """Yield a sentence about each part of the terms that a template left open."""
    for part in TO_FILL_IN.findall(terms):
        yield f"The terms still have a part to fill in: {part}"
