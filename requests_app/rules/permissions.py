"""Which person may perform which action on a row, and in which of its states."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from django.db.models import Model, Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_stubs_ext import StrOrPromise

from lifecycle.config.logs import redacted
from lifecycle.people.email import addresses
from lifecycle.people.models import User
from lifecycle.text.normalization import is_readable, tidied
from lifecycle.voice.models import Essay, Preference
from requests_app import system_reasons
from requests_app.models import (
    AccessRequest,
    BreakGlass,
    Grant,
    Invitation,
    Key,
    MembershipKind,
    PolicyStep,
    PolicyVersion,
    Proposal,
    Stage,
    StandingRule,
)
from requests_app.refusals import Invalid, NotAllowed, Refusal, WrongState
from requests_app.rules import break_glass, catalogue
from requests_app.rules.eligibility import VotingPanel
from requests_app.states import (
    ESSAY,
    GRANT,
    INVITATION,
    KEY,
    PREFERENCE,
    PROPOSAL,
    REQUEST,
    STANDING_RULE,
    VERSION,
    GrantState,
    InvitationState,
    RequestState,
    StageState,
    StandingRuleState,
    Transition,
    VersionState,
)

MAX_REASON_LENGTH = 5_000

PermissionCheck = Callable[[Any, User], str | None]


@dataclass(frozen=True)
class PermissionRule:
    """The states in which an action is allowed, and a check that returns why a person may not."""

    states: tuple[str, ...]
    who: PermissionCheck
    past: str


def _rule_of(transition: Transition, who: PermissionCheck) -> PermissionRule:
    """Build the rule of an action that is a state transition from that transition."""
    return PermissionRule(transition.sources, who, transition.past_in_refusals)


def in_group(person: User, group_id: int) -> bool:
    return person.groups.filter(pk=group_id).exists()


def is_policy_owner(access_request: AccessRequest, person: User) -> bool:
    return in_group(person, access_request.policy_version.policy.owners_id)


def _requester(access_request: AccessRequest, by: User) -> str | None:
    if access_request.requester_id != by.pk:
        return _("Only the requester can do this.")
    return None


def _inviter(invitation: Invitation, by: User) -> str | None:
    return _requester(invitation.access_request, by)


def _invited(invitation: Invitation, by: User) -> str | None:
    """Allow those who verified the invited address, and those who accepted it earlier."""
    if by.pk != invitation.person_id and invitation.email not in addresses.verified(by):
        return _("This invitation is for another address.")
    if by.pk == invitation.access_request.requester_id:
        return _("You are already part of this request. Invite other people only.")
    return None


def _holder(row: Grant | Key, by: User) -> str | None:
    if row.holder_id != by.pk:
        return _("Only the holder of this access can do this.")
    return None


def _collaborator(grant: Grant, by: User) -> str | None:
    if not grant.collaborators.filter(person=by, removed_at=None).exists():
        return _("Only someone who shares this access can do this.")
    return None


def _extender(grant: Grant, by: User) -> str | None:
    if sentence := _holder(grant, by):
        return sentence
    if grant.access_request.standing_rule_id:
        return _(
            "Standing access isn't extended. While you are a member, you can start again when it "
            "has ended."
        )
    return None


def _key_maker(grant: Grant, by: User) -> str | None:
    """Allow the holder, and collaborators who have accepted the terms."""
    if grant.holder_id == by.pk:
        return None
    shared = grant.collaborators.filter(person=by, removed_at=None).first()
    if shared is None:
        return _("Only the holder of this access can do this.")
    if shared.accepted_at is None:
        return _("Accept the policy's terms first. Then you can create your key.")
    return None


def _owner_of_grant(grant: Grant, by: User) -> str | None:
    if not is_policy_owner(grant.access_request, by):
        return _("Only the policy's owners can do this.")
    return None


def _holder_or_owner(row: Grant | Key, by: User) -> str | None:
    grant = row if isinstance(row, Grant) else row.grant
    if _holder(row, by) and _holder(grant, by) and _owner_of_grant(grant, by):
        return _("Only the holder of this access or an owner of its policy can do this.")
    return None


def _reviewer(panel: VotingPanel, by: User) -> str | None:
    return panel.obstacle(by)


def is_reviewer(person: User) -> bool:
    """Return whether the person is in a group of reviewers or alternates of any policy."""
    groups = person.groups.all()
    steps = PolicyStep.objects.filter(Q(reviewers__in=groups) | Q(alternates__in=groups))
    return steps.exists()


def _appellant(access_request: AccessRequest, by: User) -> str | None:
    if sentence := _requester(access_request, by):
        return sentence
    if access_request.appeal_of_id:
        return _("This was already an appeal. Each request can be appealed once.")
    if AccessRequest.objects.filter(appeal_of=access_request).exists():
        return _("You have already appealed this decision.")
    return None


def _policy_owner(version: PolicyVersion, by: User) -> str | None:
    if not in_group(by, version.policy.owners_id):
        return _("Only the policy's owners can change it.")
    return None


def _publisher(version: PolicyVersion, by: User) -> str | None:
    if not in_group(by, version.policy.owners_id):
        return _("Only the policy's owners can publish it.")
    if version.author_id == by.pk:
        return _("You wrote this version, so another owner has to publish it.")
    if version.editors.filter(person=by).exists():
        return _("You have worked on this version, so another owner has to publish it.")
    return None


def _catalogue_editor(row: Model, by: User) -> str | None:
    return None if catalogue.is_editor(by) else catalogue.EDITORS_ONLY


def _who_handed_in(essay: Essay, by: User) -> str | None:
    if sentence := _catalogue_editor(essay, by):
        return sentence
    if essay.handed_in_by_id != by.pk:
        return "Only the editor who handed this essay in can withdraw it."
    return None


def _rule_owner(rule: StandingRule, by: User) -> str | None:
    if not in_group(by, rule.policy.owners_id):
        return _("Only the policy's owners can do this.")
    return None


def _rule_author(rule: StandingRule, by: User) -> str | None:
    if sentence := _rule_owner(rule, by):
        return sentence
    return None if rule.author_id == by.pk else "Only the author can change this draft."


def _rule_publisher(rule: StandingRule, by: User) -> str | None:
    if sentence := _rule_owner(rule, by):
        return sentence
    wrote = "You wrote this rule, so another owner has to publish it."
    return wrote if rule.author_id == by.pk else None


def _list_keeper(rule: StandingRule, by: User) -> str | None:
    if sentence := _rule_owner(rule, by):
        return sentence
    return None if rule.kind == MembershipKind.LIST else "This rule has no list of addresses."


# The subject of a vote is the stage's panel, so that an action builds it only once.
PERMISSION_RULES: Mapping[tuple[type[Model | VotingPanel], str], PermissionRule] = {
    (AccessRequest, "edit"): PermissionRule(
        REQUEST.moves["submit"].sources, _requester, gettext_noop("changed")
    ),
    (AccessRequest, "submit"): _rule_of(REQUEST.moves["submit"], _requester),
    (AccessRequest, "withdraw"): _rule_of(REQUEST.moves["withdraw"], _requester),
    (AccessRequest, "appeal"): PermissionRule(
        (RequestState.DENIED,), _appellant, gettext_noop("appealed")
    ),
    (AccessRequest, "break_glass"): PermissionRule(
        (RequestState.IN_REVIEW,),
        break_glass.why_not_grant_now,
        gettext_noop("granted as an emergency"),
    ),
    (Invitation, "send_again"): PermissionRule(
        (InvitationState.WAITING,), _inviter, gettext_noop("sent again")
    ),
    (Invitation, "withdraw"): _rule_of(INVITATION.moves["withdraw"], _inviter),
    (Invitation, "accept"): _rule_of(INVITATION.moves["accept"], _invited),
    (Invitation, "decline"): _rule_of(INVITATION.moves["decline"], _invited),
    (BreakGlass, "review"): PermissionRule(
        (BreakGlass.WAITING,), break_glass.why_not_review, gettext_noop("reviewed again")
    ),
    (VotingPanel, "vote"): PermissionRule((StageState.OPEN,), _reviewer, gettext_noop("decided")),
    (Grant, "claim"): PermissionRule(
        (GrantState.ACTIVE,), _key_maker, gettext_noop("used to create a key")
    ),
    (Grant, "suspend"): _rule_of(GRANT.moves["suspend"], _owner_of_grant),
    (Grant, "resume"): _rule_of(GRANT.moves["resume"], _owner_of_grant),
    (Grant, "confirm"): PermissionRule(
        (GrantState.ACTIVE, GrantState.SUSPENDED), _holder, gettext_noop("confirmed")
    ),
    (Grant, "extend"): PermissionRule(
        (GrantState.ACTIVE, GrantState.ENDED), _extender, gettext_noop("extended")
    ),
    (Grant, "accept"): PermissionRule(GRANT.live, _collaborator, gettext_noop("joined")),
    (Grant, "leave"): PermissionRule(GRANT.live, _collaborator, gettext_noop("left")),
    (Grant, "remove"): PermissionRule(
        GRANT.live, _holder, gettext_noop("shared with fewer people")
    ),
    (Grant, "end"): _rule_of(GRANT.moves["end"], _holder),
    (Grant, "shorten"): PermissionRule(
        (GrantState.ACTIVE,), _holder_or_owner, gettext_noop("shortened")
    ),
    (Grant, "revoke"): _rule_of(GRANT.moves["revoke"], _owner_of_grant),
    (Key, "rotate"): _rule_of(KEY.moves["rotate"], _holder),
    (Key, "revoke"): _rule_of(KEY.moves["revoke"], _holder_or_owner),
    (PolicyVersion, "edit"): PermissionRule(
        (VersionState.DRAFT,), _policy_owner, gettext_noop("changed")
    ),
    (PolicyVersion, "ask_to_publish"): PermissionRule(
        (VersionState.DRAFT,), _policy_owner, gettext_noop("published")
    ),
    (PolicyVersion, "publish"): _rule_of(VERSION.moves["publish"], _publisher),
    (Essay, "withdraw"): _rule_of(ESSAY.moves["withdraw"], _who_handed_in),
    (Preference, "accept"): _rule_of(PREFERENCE.moves["accept"], _catalogue_editor),
    (Preference, "decline"): _rule_of(PREFERENCE.moves["decline"], _catalogue_editor),
    (Preference, "defer"): _rule_of(PREFERENCE.moves["defer"], _catalogue_editor),
    (Preference, "complete"): _rule_of(PREFERENCE.moves["complete"], _catalogue_editor),
    (StandingRule, "edit"): PermissionRule(
        (StandingRuleState.DRAFT,), _rule_author, gettext_noop("changed")
    ),
    (StandingRule, "publish"): _rule_of(STANDING_RULE.moves["publish"], _rule_publisher),
    (StandingRule, "end"): _rule_of(STANDING_RULE.moves["end"], _rule_owner),
    (StandingRule, "keep_list"): PermissionRule(
        STANDING_RULE.live, _list_keeper, gettext_noop("changed")
    ),
    (Proposal, "accept"): _rule_of(PROPOSAL.moves["accept"], catalogue.why_not_decide),
    (Proposal, "decline"): _rule_of(PROPOSAL.moves["decline"], catalogue.why_not_decide),
    (Proposal, "withdraw"): _rule_of(PROPOSAL.moves["withdraw"], catalogue.why_not_withdraw),
}


def check(action: str, subject: Any, by: User) -> None:
    """Raise NotAllowed or WrongState unless `by` may do this; the caller holds the row's lock."""
    # Read again: `by` was loaded at the start of the request, before this waited for locks.
    if not User.objects.filter(pk=by.pk, is_active=True).exists():
        raise NotAllowed(_("This account is not in good standing."))
    _check(action, subject, by)


def check_superuser(by: User) -> None:
    """Raise NotAllowed unless `by` is a superuser in good standing."""
    if not User.objects.filter(pk=by.pk, is_active=True, is_superuser=True).exists():
        raise NotAllowed(_("Only a superuser in good standing can do this."))


def _check(action: str, subject: Any, by: User) -> None:
    rule = PERMISSION_RULES[type(subject), action]
    if sentence := rule.who(subject, by):
        raise NotAllowed(sentence)
    row = subject.stage if isinstance(subject, VotingPanel) else subject
    if row.state not in rule.states:
        wrong_state(row, rule.past)


def checked_reason(
    reason: str, *, needed: StrOrPromise = "", max_length: int = MAX_REASON_LENGTH
) -> str:
    """Return the normalized reason. Raises Invalid, with `needed` if it is empty but required.

    Reasons are stored and emailed, so a key in one is reduced to its last characters.
    """
    reason = redacted(tidied(reason))
    if needed and not is_readable(reason):
        raise Invalid({"reason": needed})
    # Ours are translated when shown; nobody should be able to pass theirs off as the site's.
    if system_reasons.is_ours(reason):
        raise Invalid({"reason": _("This sentence is reserved for this site. Use your own words.")})
    if len(reason) > max_length:
        raise Invalid(
            {
                "reason": _("Use at most %(most)s characters.")
                % {"most": number_format(max_length, force_grouping=True)}
            }
        )
    return reason


# Names of models in refusals, marked here for translation.
NOUNS = (
    gettext_noop("request"),
    gettext_noop("stage"),
    gettext_noop("grant"),
    gettext_noop("key"),
    gettext_noop("policy version"),
    gettext_noop("standing rule"),
    gettext_noop("emergency grant"),
    gettext_noop("preference"),
    gettext_noop("proposed change"),
    gettext_noop("essay"),
)


# Used where the generic sentence would sound odd.
STATE_SENTENCES: Mapping[tuple[type[Model], str], str] = {
    (AccessRequest, RequestState.RETURNED): gettext_noop(
        "Changes were requested, so this has to be sent again first."
    ),
    (Stage, StageState.WAITING): gettext_noop("This step hasn't started yet."),
    (Stage, StageState.PASSED): gettext_noop("This step has already been decided."),
    (Stage, StageState.FAILED): gettext_noop("This step has already been decided."),
    (Stage, StageState.EXPIRED): gettext_noop("This step was not decided in time."),
    (Stage, StageState.SKIPPED): gettext_noop("This step was skipped."),
    (Stage, StageState.CLOSED): gettext_noop("This step is closed."),
}


def wrong_state(subject: Any, past: str) -> NoReturn:
    if sentence := STATE_SENTENCES.get((type(subject), subject.state)):
        raise WrongState(_(sentence))
    noun = subject._meta.verbose_name
    label = _small(subject.get_state_display())
    raise WrongState(
        _("This %(noun)s is %(label)s, so it can't be %(past)s.")
        % {"noun": _(noun), "label": label, "past": _(past)}
    )


def _small(label: str) -> str:
    """Lower the first letter for use inside a sentence; German nouns in it keep their capital."""
    return label[:1].lower() + label[1:]


def why_not(action: str, subject: Any, by: User) -> str | None:
    """Return the sentence that would refuse `action` now; None if it is allowed."""
    try:
        _check(action, subject, by)
    except Refusal as refusal:
        return refusal.sentence
    return None
