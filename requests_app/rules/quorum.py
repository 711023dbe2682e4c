"""Whether anybody can decide what is being sent."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from requests_app.models import PolicyStep, Revision, Stage
from requests_app.refusals import Invalid
from requests_app.rules import conditions, eligibility


def steps_needed(revision: Revision) -> list[PolicyStep]:
    """The steps that have to decide on `revision`. Raises Invalid when there is none."""
    steps = revision.access_request.policy_version.steps.all()
    needed = [step for step in steps if conditions.applies(step, revision)]
    if not needed:
        raise Invalid(
            {
                "": _(
                    "No step of the policy covers what you ask for, so nobody could decide it. "
                    "The policy's owners have to add one."
                )
            }
        )
    return needed


def check_decidable(
    revision: Revision, needed: Sequence[PolicyStep], carried: Mapping[int, Stage]
) -> None:
    """Refuse what nobody could decide: a step with fewer free reviewers than its quorum."""
    running = [step for step in needed if step.pk not in carried]
    step = eligibility.undecidable(running, revision, used=eligibility.voters_on(carried.values()))
    if step is not None:
        sentence = _(
            "“%(step)s” has too few reviewers to decide this at present. The policy's owners "
            "have to name more."
        ) % {"step": step}
        raise Invalid({"": sentence})
