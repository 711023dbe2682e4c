"""Whether enough reviewers are available to decide a request."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import F
from django.utils.translation import gettext as _

from requests_app.models import PolicyStep, Revision, Stage, Vote
from requests_app.refusals import Invalid
from requests_app.rules import conditions
from requests_app.rules.conflicts import Conflicts
from requests_app.rules.eligibility import COUNTED_CHOICES, active_staff


def steps_needed(steps: Iterable[PolicyStep], revision: Revision) -> list[PolicyStep]:
    """Return those `steps` that have to decide on `revision`. Raises Invalid if there are none."""
    needed = [step for step in steps if conditions.applies(step, revision)]
    if not needed:
        raise Invalid(
            {
                "": _(
                    "No review step in the policy covers this request, so nobody can decide it. "
                    "The policy's owners have to add one."
                )
            }
        )
    return needed


def check_decidable(
    conflicts: Conflicts, needed: Sequence[PolicyStep], carried: Mapping[int, Stage]
) -> None:
    """Raise Invalid if a step has fewer available reviewers than its quorum."""
    running = [step for step in needed if step.pk not in carried]
    step = undecidable(running, conflicts, used=voters_on(carried.values()))
    if step is not None:
        sentence = _(
            "“%(step)s” doesn't have enough reviewers to decide this. The policy's owners "
            "have to add more."
        ) % {"step": step}
        raise Invalid({"": sentence})


def undecidable(
    steps: Iterable[PolicyStep],
    conflicts: Conflicts | None = None,
    used: Collection[int] = (),
) -> PolicyStep | None:
    """Return the first step that can't reach its quorum, or None; nobody is counted twice.

    People with one of the `conflicts` of interest are left out; `used` are those who voted on
    a carried step. Alternates count. The search is a bipartite matching of seats to people: someone
    already placed is moved when another can take their seat (Kuhn, 1955).
    """
    taken: dict[int, tuple[int, int]] = {}  # from a person to their place: step and number
    steps = list(steps)
    eligible = _eligible(steps, conflicts)
    for step in steps:
        # Its voters may vote elsewhere too, so it takes nobody away from the other steps.
        if step.allow_repeat_voters:
            if len(eligible[step.pk]) < step.quorum:
                return step
            continue
        eligible[step.pk] -= set(used)
        for number in range(step.quorum):
            if not _seat((step.pk, number), eligible, taken, set()):
                return step
    return None


VETO = 2  # people, at the least, who keep an essay from being published


def denials_to_fail(stage: Stage) -> int:
    """Return how many denials end the stage: as its step says, but two at least for an essay."""
    by_step = stage.step.denials_to_fail
    return max(by_step, VETO) if stage.essay_id else by_step


def voters_on(stages: Iterable[Stage]) -> set[int]:
    """Return ids of those who voted on these stages."""
    votes = Vote.objects.filter(
        stage__in=[stage.pk for stage in stages], choice__in=COUNTED_CHOICES
    )
    return set(votes.values_list("voter", flat=True))


def _seat(
    place: tuple[int, int],
    eligible: Mapping[int, set[int]],
    taken: dict[int, tuple[int, int]],
    tried: set[int],
) -> bool:
    """Find a person for `place`, moving others if necessary."""
    # Sorted, so that the answer is the same each time.
    for person in sorted(eligible[place[0]] - tried):
        tried.add(person)
        if person not in taken or _seat(taken[person], eligible, taken, tried):
            taken[person] = place
            return True
    return False


def _eligible(steps: Sequence[PolicyStep], conflicts: Conflicts | None) -> dict[int, set[int]]:
    """Map each step to the people who can decide it, in one query for all steps."""
    groups = {step.pk: {step.reviewers_id, step.alternates_id} - {None} for step in steps}
    wanted = set().union(*groups.values())
    people = active_staff().filter(groups__in=wanted).annotate(member_of=F("groups"))
    members = {
        (one.member_of, one.pk) for one in people if conflicts is None or conflicts.of(one) is None
    }
    return {
        step: {person for group, person in members if group in named}
        for step, named in groups.items()
    }
