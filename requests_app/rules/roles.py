"""What a person is to a row: its requester, holder, owner, reviewer.

Each check returns the sentence that refuses somebody else; None if it is them.
"""

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import Group
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from lifecycle.catalogue.editors import EDITORS
from lifecycle.people.email import addresses
from lifecycle.people.models import User
from lifecycle.voice.models import Essay
from requests_app.models import (
    AccessRequest,
    Grant,
    Invitation,
    Key,
    MembershipKind,
    Policy,
    PolicyStep,
    PolicyVersion,
    ReviewerInvitation,
    StandingRule,
)
from requests_app.rules import catalogue
from requests_app.rules.eligibility import VotingPanel, active_staff
from requests_app.states import VersionState


def in_group(person: User, group_id: int) -> bool:
    return person.groups.filter(pk=group_id).exists()


def owner_groups(who: User) -> QuerySet[Group]:
    """Return those of their groups that own a policy, or could: they have no other part."""
    no_part = Q(policy_steps=None, alternate_steps=None) & ~Q(name=EDITORS)
    owning = Policy.objects.filter(owners=OuterRef("pk"))
    return who.groups.filter(Exists(owning) | no_part)


def owner_ids(policies: Iterable[Policy]) -> Mapping[int, set[int]]:
    """Map each policy's id to the ids of its owners in good standing, in one query."""
    groups = {policy.pk: policy.owners_id for policy in policies}
    places = User.groups.through.objects.filter(group__in=groups.values(), user__is_active=True)
    people: dict[int, set[int]] = {group: set() for group in groups.values()}
    for group, person in places.values_list("group", "user"):
        people[group].add(person)
    return {policy: people[group] for policy, group in groups.items()}


def is_policy_owner(access_request: AccessRequest, person: User) -> bool:
    return in_group(person, access_request.policy_version.policy.owners_id)


def requester(access_request: AccessRequest, by: User) -> str | None:
    if access_request.requester_id != by.pk:
        return _("Only the requester can do this.")
    return None


# What a requester may let others write. Who asks, for which models and with whom stays theirs:
# that decides whose request it is, under which policy, and who can't review it.
CO_WRITTEN = frozenset(
    {
        "purpose",
        "operations",
        "expected_use",
        "expected_cost",
        "starts_on",
        "ends_on",
        "inputs",
        "safety",
        "answers",
    }
)


def writer(access_request: AccessRequest, by: User) -> str | None:
    """Allow the requester, and those who joined the draft and may edit it."""
    joined = access_request.invitations.accepted().filter(person=by, may_edit=True)
    if requester(access_request, by) and not joined.exists():
        return _("Only the requester and those whom they let edit can do this.")
    return None


def writable_by(person: User) -> QuerySet[AccessRequest]:
    """Return requests that they may edit while these are drafts, as `writer` says of each."""
    joined = Invitation.objects.accepted().filter(person=person, may_edit=True)
    mine = Q(requester=person) | Q(pk__in=joined.values("access_request"))
    return AccessRequest.objects.filter(mine)


def inviter(invitation: Invitation, by: User) -> str | None:
    return requester(invitation.access_request, by)


def invited(invitation: Invitation, by: User) -> str | None:
    """Allow those who verified the invited address, and those who accepted it earlier."""
    if by.pk != invitation.person_id and invitation.email not in addresses.verified(by):
        return _("This invitation is for another address.")
    if by.pk == invitation.access_request.requester_id:
        return _("You are already part of this request. Invite other people only.")
    return None


def holder(row: Grant | Key, by: User) -> str | None:
    if row.holder_id != by.pk:
        return _("Only the holder of this access can do this.")
    return None


def collaborator(grant: Grant, by: User) -> str | None:
    if not grant.collaborators.filter(person=by, removed_at=None).exists():
        return _("Only someone who shares this access can do this.")
    return None


def extender(grant: Grant, by: User) -> str | None:
    if sentence := holder(grant, by):
        return sentence
    if grant.access_request.standing_rule_id:
        return _(
            "Standing access isn't extended. While you are a member, you can start again when it "
            "has ended."
        )
    return None


def key_maker(grant: Grant, by: User) -> str | None:
    """Allow the holder, and collaborators who have accepted the terms."""
    if grant.holder_id == by.pk:
        return None
    shared = grant.collaborators.filter(person=by, removed_at=None).first()
    if shared is None:
        return _("Only the holder of this access can do this.")
    if shared.accepted_at is None:
        return _("Accept the policy's terms first. Then you can create your key.")
    return None


def owner_of_grant(grant: Grant, by: User) -> str | None:
    if not is_policy_owner(grant.access_request, by):
        return _("Only the policy's owners can do this.")
    return None


def holder_or_owner(row: Grant | Key, by: User) -> str | None:
    grant = row if isinstance(row, Grant) else row.grant
    if holder(row, by) and holder(grant, by) and owner_of_grant(grant, by):
        return _("Only the holder of this access or an owner of its policy can do this.")
    return None


def reviewer(panel: VotingPanel, by: User) -> str | None:
    return panel.obstacle(by)


def is_reviewer(person: User) -> bool:
    """Return whether the person is in a group of reviewers or alternates of any policy."""
    groups = person.groups.all()
    steps = PolicyStep.objects.filter(Q(reviewers__in=groups) | Q(alternates__in=groups))
    return steps.exists()


def possible_delegates(who: User) -> QuerySet[User]:
    """Return the other reviewers who can open the desk, to whom a seat can be lent."""
    named = Q(groups__policy_steps__isnull=False) | Q(groups__alternate_steps__isnull=False)
    people = active_staff().filter(named)
    return people.exclude(pk=who.pk).distinct().order_by("full_name", "email")


def appellant(access_request: AccessRequest, by: User) -> str | None:
    if sentence := requester(access_request, by):
        return sentence
    if access_request.appeal_of_id:
        return _("This was already an appeal. Each request can be appealed once.")
    if AccessRequest.objects.filter(appeal_of=access_request).exists():
        return _("You have already appealed this decision.")
    return None


def policy_owner(version: PolicyVersion, by: User) -> str | None:
    if not in_group(by, version.policy.owners_id):
        return _("Only the policy's owners can change it.")
    return None


def publisher(version: PolicyVersion, by: User) -> str | None:
    if not in_group(by, version.policy.owners_id):
        return _("Only the policy's owners can publish it.")
    if version.author_id == by.pk:
        return _("You wrote this version, so another owner has to publish it.")
    if version.editors.filter(person=by).exists():
        return _("You have worked on this version, so another owner has to publish it.")
    return None


def publishers_of(version: PolicyVersion) -> QuerySet[User]:
    """Return who can publish it now, as `publisher` says of each."""
    owners = active_staff().filter(groups=version.policy.owners_id)
    return owners.exclude(edited_versions__version=version).distinct()


def publishable_by(person: User) -> QuerySet[PolicyVersion]:
    """Return the drafts that the person can publish: no newer version is in force."""
    newer = PolicyVersion.objects.filter(
        policy=OuterRef("policy"), number__gt=OuterRef("number"), state=VersionState.PUBLISHED
    )
    drafts = PolicyVersion.objects.filter(
        state=VersionState.DRAFT, policy__owners__in=person.groups.all()
    )
    return drafts.exclude(editors__person=person).filter(~Exists(newer)).distinct()


def catalogue_editor(row: Model, by: User) -> str | None:
    return None if catalogue.is_editor(by) else catalogue.EDITORS_ONLY


def who_handed_in(essay: Essay, by: User) -> str | None:
    if sentence := catalogue_editor(essay, by):
        return sentence
    if essay.handed_in_by_id != by.pk:
        return "Only the editor who handed this essay in can withdraw it."
    return None


def rule_owner(rule: StandingRule, by: User) -> str | None:
    if not in_group(by, rule.policy.owners_id):
        return _("Only the policy's owners can do this.")
    return None


def rule_author(rule: StandingRule, by: User) -> str | None:
    if sentence := rule_owner(rule, by):
        return sentence
    return None if rule.author_id == by.pk else "Only the author can change this draft."


def rule_publisher(rule: StandingRule, by: User) -> str | None:
    if sentence := rule_owner(rule, by):
        return sentence
    wrote = "You wrote this rule, so another owner has to publish it."
    return wrote if rule.author_id == by.pk else None


def list_keeper(rule: StandingRule, by: User) -> str | None:
    if sentence := rule_owner(rule, by):
        return sentence
    return None if rule.kind == MembershipKind.LIST else "This rule has no list of addresses."


def inviting_owner(invitation: ReviewerInvitation, by: User) -> str | None:
    if not in_group(by, invitation.policy.owners_id) and not by.is_superuser:
        return _("Only the policy's owners can do this.")
    return None


def invited_reviewer(invitation: ReviewerInvitation, by: User) -> str | None:
    """Allow those who verified the invited address, but not the person who invited it."""
    if by.pk != invitation.person_id and invitation.email not in addresses.verified(by):
        return _("This invitation is for another address.")
    if by.pk == invitation.by_id:
        return _("You sent this invitation yourself. Ask another owner of the policy.")
    return None
