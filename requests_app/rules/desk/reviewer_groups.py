"""Who may change the members of a group that decides under policies."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, Q

from lifecycle.catalogue.editors import EDITORS
from lifecycle.people.models import User
from requests_app.models import AccessRequest, Policy, PolicyStep, Revision, StandingRule
from requests_app.states import STANDING_RULE, UNDECIDED

DOES_MORE = (
    "This group does more than review: it owns a policy, edits the catalogue, or has rights of "
    "its own. Only a superuser can change its members."
)
WAITS_THEMSELVES = (
    "You take part in a request that these reviewers decide, so another owner has to change them."
)
NOT_YOURS = "Only the owners of a policy that names this group can change its members."


class ReviewerGroups:
    """Groups, and the policies that name each in any version, in a fixed number of queries.

    Older versions count: requests are still decided under them. So do drafts, or naming a group
    in one would be a way to take it over.
    """

    def __init__(self, groups: Iterable[Group]) -> None:
        self.groups = list(groups)
        self._own: dict[int, set[int]] = {}
        self._waiting: dict[int, set[int]] = {}

    @cached_property
    def policies(self) -> Mapping[int, Sequence[Policy]]:
        """Map the id of each group to the policies that name it."""
        ids = [group.pk for group in self.groups]
        steps = PolicyStep.objects.filter(Q(reviewers__in=ids) | Q(alternates__in=ids))
        rows = steps.values_list("reviewers", "alternates", "version__policy").distinct()
        named = {(group, policy) for *pair, policy in rows for group in pair}
        found = Policy.objects.in_bulk({policy for _, policy in named})
        ordered = sorted(found.values(), key=lambda policy: policy.pk)
        return {pk: [each for each in ordered if (pk, each.pk) in named] for pk in ids}

    @cached_property
    def does_more(self) -> set[int]:
        """Ids of groups whose members can do more than decide."""
        owned = Policy.objects.filter(owners=OuterRef("pk"))
        rules = StandingRule.objects.filter(group=OuterRef("pk"), state__in=STANDING_RULE.live)
        rights = Group.permissions.through.objects.filter(group=OuterRef("pk"))
        more = Q(name=EDITORS) | Exists(owned) | Exists(rules) | Exists(rights)
        rows = Group.objects.filter(more, pk__in=[group.pk for group in self.groups])
        return set(rows.values_list("pk", flat=True))

    def _groups_of(self, person: User) -> set[int]:
        if person.pk not in self._own:
            self._own[person.pk] = set(person.groups.values_list("pk", flat=True))
        return self._own[person.pk]

    def _waits_under(self, person: User) -> set[int]:
        """Return ids of the policies of undecided requests in which somebody takes part."""
        if person.pk not in self._waiting:
            sent = Revision.objects.filter(collaborators=person).exclude(submitted_at=None)
            mine = Q(requester=person) | Q(revisions__in=sent)
            rows = AccessRequest.objects.filter(mine, state__in=UNDECIDED)
            self._waiting[person.pk] = set(rows.values_list("policy_version__policy", flat=True))
        return self._waiting[person.pk]

    def why_not_change(self, group: Group, by: User) -> str | None:
        """Return the sentence that refuses; None if `by` may."""
        if by.is_superuser:
            return None
        policies, mine = self.policies[group.pk], self._groups_of(by)
        others = [policy.name for policy in policies if policy.owners_id not in mine]
        if len(others) == len(policies):
            return NOT_YOURS
        if self._waits_under(by) & {policy.pk for policy in policies}:
            return WAITS_THEMSELVES
        if group.pk in self.does_more:
            return DOES_MORE
        if others:
            return (
                f"This group is named by other policies, too: {', '.join(others)}. Somebody who "
                "owns all of them can change its members, or a superuser."
            )
        return None
