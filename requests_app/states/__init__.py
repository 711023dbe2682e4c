"""All states and transitions as tables, from which `docs/states.md` is generated."""

from requests_app.states.access import (
    GRANT,
    KEY,
    STANDING_RULE,
    GrantState,
    KeyState,
    StandingRuleState,
)
from requests_app.states.machine import NOBODY, Machine, Transition
from requests_app.states.register import ESSAY, PREFERENCE, PROPOSAL, ProposalState
from requests_app.states.requests import (
    INVITATION,
    REQUEST,
    UNDECIDED,
    InvitationState,
    RequestState,
)
from requests_app.states.review import (
    REVIEWER_INVITATION,
    STAGE,
    VERSION,
    ReviewerInvitationState,
    StageState,
    VersionState,
)

__all__ = [
    "ESSAY",
    "GRANT",
    "GrantState",
    "INVITATION",
    "InvitationState",
    "KEY",
    "KeyState",
    "MACHINES",
    "Machine",
    "NOBODY",
    "PREFERENCE",
    "PROPOSAL",
    "ProposalState",
    "REQUEST",
    "RequestState",
    "REVIEWER_INVITATION",
    "ReviewerInvitationState",
    "STAGE",
    "STANDING_RULE",
    "StageState",
    "StandingRuleState",
    "UNDECIDED",
    "Transition",
    "VERSION",
    "VersionState",
]

MACHINES = (
    REQUEST,
    STAGE,
    INVITATION,
    GRANT,
    KEY,
    VERSION,
    PREFERENCE,
    STANDING_RULE,
    PROPOSAL,
    ESSAY,
    REVIEWER_INVITATION,
)
