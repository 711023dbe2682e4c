"""Lock policies and what hangs on them, in the order that `locks` names."""

from requests_app.models import Policy, PolicyVersion, ReviewerInvitation, StandingRule
from requests_app.states import STANDING_RULE

# Raw, because querysets have no FOR SHARE.
SHARE_STANDING_RULE = "SELECT id FROM requests_app_standingrule WHERE id = %s FOR SHARE"


def lock_version(version_id: int) -> PolicyVersion:
    version = PolicyVersion.objects.select_related("policy").locked(version_id)
    version.policy = type(version.policy).objects.locked(version.policy_id)
    return version


def lock_policy(policy_id: int) -> Policy:
    return Policy.objects.locked(policy_id)


def share_standing_rule(rule_id: int) -> StandingRule:
    """Keep a standing rule and its list as they are; many can start access by it meanwhile."""
    list(StandingRule.objects.raw(SHARE_STANDING_RULE, [rule_id]))
    return StandingRule.objects.select_related("policy", "published_by").get(pk=rule_id)


def lock_standing_rule(rule_id: int) -> StandingRule:
    """Lock a standing rule after its policy: no access by it starts meanwhile."""
    policy = lock_policy(StandingRule.objects.values_list("policy", flat=True).get(pk=rule_id))
    rule = StandingRule.objects.select_for_update(no_key=True).get(pk=rule_id)
    rule.policy = policy
    return rule


def lock_rules_of_policy(policy: Policy) -> list[StandingRule]:
    """Lock the standing rules of a policy that haven't ended, after the policy."""
    locked = lock_policy(policy.pk)
    rows = StandingRule.objects.filter(policy=locked, state__in=STANDING_RULE.live).order_by("pk")
    rules = list(rows.select_for_update(no_key=True))
    for rule in rules:
        rule.policy = locked
    return rules


def lock_reviewer_invitation(invitation_id: int) -> ReviewerInvitation:
    """Lock an invitation to review after its policy, whose chain has its events."""
    which = ReviewerInvitation.objects.values_list("policy", flat=True)
    policy = lock_policy(which.get(pk=invitation_id))
    related = ReviewerInvitation.objects.select_related("group", "by", "person")
    invitation = related.locked(invitation_id)
    invitation.policy = policy
    return invitation
