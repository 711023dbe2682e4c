"""Who may reassign a seat on a step, and to whom."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.people.models import User
from requests_app.models import Stage
from requests_app.rules.conflicts import conflicts_on
from requests_app.rules.desk.vote_visibility import decides
from requests_app.rules.eligibility import VotingPanel, active_staff
from requests_app.rules.roles import in_group


def why_not_reassign(stage: Stage, by: User) -> str | None:
    """Return why somebody may not; a policy's owner without a part in the request may."""
    if not in_group(by, stage.policy_version.policy.owners_id):
        return _("Only the policy's owners can reassign a step.")
    if conflict := conflicts_on(stage).of(by):
        return conflict.refusal
    if stage.step.blind and decides(by, VotingPanel(stage, timezone.now())):
        return _(
            "You can decide this step, whose votes are hidden, and the seats that are still free "
            "would tell who has voted. Ask another owner of the policy."
        )
    return None


def candidates(panel: VotingPanel, *, by: User) -> list[User]:
    """Return the reviewers of the same policy version who gain a vote by a seat here.

    Not the owner who reassigns it: nobody gives themselves a vote.
    """
    steps = panel.stage.policy_version.steps.all()
    groups = Q(groups__policy_steps__in=steps) | Q(groups__alternate_steps__in=steps)
    here = {person.pk for person in (*panel.seats, by)}
    people = active_staff().filter(groups).exclude(pk__in=here).distinct()
    return [person for person in people.order_by("full_name", "pk") if panel.lacks_seat(person)]
