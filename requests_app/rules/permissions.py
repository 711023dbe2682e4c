"""Which person may perform which action on a row, and in which of its states."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from django.db.models import Model
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_stubs_ext import StrOrPromise

from lifecycle.config.logs import redacted
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
    PolicyVersion,
    Proposal,
    ReviewerInvitation,
    Stage,
    StandingRule,
)
from requests_app.refusals import Invalid, NotAllowed, Refusal, WrongState
from requests_app.rules import break_glass, catalogue, reassignment, roles
from requests_app.rules.conflicts import RequestConflicts
from requests_app.rules.desk import comments
from requests_app.rules.eligibility import VotingPanel
from requests_app.states import (
    ESSAY,
    GRANT,
    INVITATION,
    KEY,
    PREFERENCE,
    PROPOSAL,
    REQUEST,
    REVIEWER_INVITATION,
    STANDING_RULE,
    UNDECIDED,
    VERSION,
    GrantState,
    InvitationState,
    RequestState,
    ReviewerInvitationState,
    StageState,
    StandingRuleState,
    Transition,
    VersionState,
)

MAX_REASON_LENGTH = 5_000
NOT_IN_GOOD_STANDING = gettext_noop("This account is not in good standing.")

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


# The subject of a vote is the stage's panel, and that of a comment the request's conflicts of
# interest, so that an action or a page reads them only once.
Subject = Model | VotingPanel | RequestConflicts
PERMISSION_RULES: Mapping[tuple[type[Subject], str], PermissionRule] = {
    (AccessRequest, "edit"): PermissionRule(
        REQUEST.moves["submit"].sources, roles.requester, gettext_noop("changed")
    ),
    # Those of its fields in `roles.CO_WRITTEN`.
    (AccessRequest, "write"): PermissionRule(
        REQUEST.moves["submit"].sources, roles.writer, gettext_noop("changed")
    ),
    (AccessRequest, "submit"): _rule_of(REQUEST.moves["submit"], roles.requester),
    (AccessRequest, "withdraw"): _rule_of(REQUEST.moves["withdraw"], roles.requester),
    (AccessRequest, "appeal"): PermissionRule(
        (RequestState.DENIED,), roles.appellant, gettext_noop("appealed")
    ),
    (AccessRequest, "break_glass"): PermissionRule(
        (RequestState.IN_REVIEW,),
        break_glass.why_not_grant_now,
        gettext_noop("granted as an emergency"),
    ),
    (RequestConflicts, "comment"): PermissionRule(
        UNDECIDED,
        comments.why_not_comment,
        gettext_noop("commented on"),
    ),
    (Invitation, "send_again"): PermissionRule(
        (InvitationState.WAITING,), roles.inviter, gettext_noop("sent again")
    ),
    (Invitation, "allow"): PermissionRule(INVITATION.live, roles.inviter, gettext_noop("changed")),
    (Invitation, "withdraw"): _rule_of(INVITATION.moves["withdraw"], roles.inviter),
    (Invitation, "accept"): _rule_of(INVITATION.moves["accept"], roles.invited),
    (Invitation, "decline"): _rule_of(INVITATION.moves["decline"], roles.invited),
    (ReviewerInvitation, "send_again"): PermissionRule(
        (ReviewerInvitationState.WAITING,), roles.inviting_owner, gettext_noop("sent again")
    ),
    (ReviewerInvitation, "withdraw"): _rule_of(
        REVIEWER_INVITATION.moves["withdraw"], roles.inviting_owner
    ),
    (ReviewerInvitation, "accept"): _rule_of(
        REVIEWER_INVITATION.moves["accept"], roles.invited_reviewer
    ),
    (ReviewerInvitation, "decline"): _rule_of(
        REVIEWER_INVITATION.moves["decline"], roles.invited_reviewer
    ),
    (BreakGlass, "review"): PermissionRule(
        (BreakGlass.WAITING,), break_glass.why_not_review, gettext_noop("reviewed again")
    ),
    (VotingPanel, "vote"): PermissionRule(
        (StageState.OPEN,), roles.reviewer, gettext_noop("decided")
    ),
    (Stage, "reassign"): PermissionRule(
        (StageState.OPEN,), reassignment.why_not_reassign, gettext_noop("reassigned")
    ),
    (Grant, "claim"): PermissionRule(
        (GrantState.ACTIVE,), roles.key_maker, gettext_noop("used to create a key")
    ),
    (Grant, "suspend"): _rule_of(GRANT.moves["suspend"], roles.owner_of_grant),
    (Grant, "resume"): _rule_of(GRANT.moves["resume"], roles.owner_of_grant),
    (Grant, "confirm"): PermissionRule(
        (GrantState.ACTIVE, GrantState.SUSPENDED), roles.holder, gettext_noop("confirmed")
    ),
    (Grant, "extend"): PermissionRule(
        (GrantState.ACTIVE, GrantState.ENDED), roles.extender, gettext_noop("extended")
    ),
    (Grant, "accept"): PermissionRule(GRANT.live, roles.collaborator, gettext_noop("joined")),
    (Grant, "leave"): PermissionRule(GRANT.live, roles.collaborator, gettext_noop("left")),
    (Grant, "remove"): PermissionRule(
        GRANT.live, roles.holder, gettext_noop("shared with fewer people")
    ),
    (Grant, "end"): _rule_of(GRANT.moves["end"], roles.holder),
    (Grant, "shorten"): PermissionRule(
        (GrantState.ACTIVE,), roles.holder_or_owner, gettext_noop("shortened")
    ),
    (Grant, "revoke"): _rule_of(GRANT.moves["revoke"], roles.owner_of_grant),
    (Key, "rotate"): _rule_of(KEY.moves["rotate"], roles.holder),
    (Key, "rename"): PermissionRule(KEY.live, roles.holder, gettext_noop("renamed")),
    (Key, "revoke"): _rule_of(KEY.moves["revoke"], roles.holder_or_owner),
    (PolicyVersion, "edit"): PermissionRule(
        (VersionState.DRAFT,), roles.policy_owner, gettext_noop("changed")
    ),
    (PolicyVersion, "ask_to_publish"): PermissionRule(
        (VersionState.DRAFT,), roles.policy_owner, gettext_noop("published")
    ),
    (PolicyVersion, "publish"): _rule_of(VERSION.moves["publish"], roles.publisher),
    (Essay, "withdraw"): _rule_of(ESSAY.moves["withdraw"], roles.who_handed_in),
    (Preference, "accept"): _rule_of(PREFERENCE.moves["accept"], roles.catalogue_editor),
    (Preference, "decline"): _rule_of(PREFERENCE.moves["decline"], roles.catalogue_editor),
    (Preference, "defer"): _rule_of(PREFERENCE.moves["defer"], roles.catalogue_editor),
    (Preference, "complete"): _rule_of(PREFERENCE.moves["complete"], roles.catalogue_editor),
    (StandingRule, "edit"): PermissionRule(
        (StandingRuleState.DRAFT,), roles.rule_author, gettext_noop("changed")
    ),
    (StandingRule, "publish"): _rule_of(STANDING_RULE.moves["publish"], roles.rule_publisher),
    (StandingRule, "end"): _rule_of(STANDING_RULE.moves["end"], roles.rule_owner),
    (StandingRule, "keep_list"): PermissionRule(
        STANDING_RULE.live, roles.list_keeper, gettext_noop("changed")
    ),
    (Proposal, "accept"): _rule_of(PROPOSAL.moves["accept"], catalogue.why_not_decide),
    (Proposal, "decline"): _rule_of(PROPOSAL.moves["decline"], catalogue.why_not_decide),
    (Proposal, "withdraw"): _rule_of(PROPOSAL.moves["withdraw"], catalogue.why_not_withdraw),
}


def check(action: str, subject: Any, by: User) -> None:
    """Raise NotAllowed or WrongState unless `by` may do this; the caller holds the row's lock."""
    # Read again: `by` was loaded at the start of the request, before this waited for locks.
    if not User.objects.filter(pk=by.pk, is_active=True).exists():
        raise NotAllowed(_(NOT_IN_GOOD_STANDING))
    _check(action, subject, by)


def check_good_standing(person: User) -> None:
    """Raise NotAllowed unless the account is in good standing; the caller has just read it."""
    if not person.is_active:
        raise NotAllowed(_(NOT_IN_GOOD_STANDING))


def check_superuser(by: User) -> None:
    """Raise NotAllowed unless `by` is a superuser in good standing."""
    if not User.objects.filter(pk=by.pk, is_active=True, is_superuser=True).exists():
        raise NotAllowed(_("Only a superuser in good standing can do this."))


def _check(action: str, subject: Any, by: User) -> None:
    rule = PERMISSION_RULES[type(subject), action]
    if sentence := rule.who(subject, by):
        raise NotAllowed(sentence)
    row = _row(subject)
    if row.state not in rule.states:
        wrong_state(row, rule.past)


def _row(subject: Any) -> Any:
    """Return the row whose state counts, also of what was read around it."""
    if isinstance(subject, VotingPanel):
        return subject.stage
    return subject.access_request if isinstance(subject, RequestConflicts) else subject


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
