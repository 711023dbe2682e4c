"""The tables from the draft to the end of the key. They constrain data; `actions` changes it."""

from requests_app.models.access.bulk_revocation import BulkRevocation
from requests_app.models.access.capacity import Capacity
from requests_app.models.access.external_key import ExternalKey, ExternalKeyState, Reconciliation
from requests_app.models.access.grant import Grant, GrantedModel
from requests_app.models.access.key import Key
from requests_app.models.access.service_token import (
    GATEWAY_PERMISSIONS,
    ServiceToken,
    TokenPermission,
)
from requests_app.models.access.standing_rule import (
    MembershipKind,
    StandingMember,
    StandingRule,
)
from requests_app.models.access.usage import KeyActivity, Usage, UsageBatch
from requests_app.models.event import Event
from requests_app.models.notice import Channel, Notice, ReviewerPreference
from requests_app.models.register.demand import Demand
from requests_app.models.register.follow import Follow
from requests_app.models.register.proposal import Proposal
from requests_app.models.register.retirement_watch import RetirementWatch, models_to_tell_of
from requests_app.models.requests.attachment import Attachment, FileKind
from requests_app.models.requests.collaborator import Collaborator
from requests_app.models.requests.institution import (
    Colleague,
    InstitutionMerge,
    RequestInstitution,
)
from requests_app.models.requests.invitation import Invitation
from requests_app.models.requests.request import (
    AccessRequest,
    DenialReason,
    RequestedModel,
)
from requests_app.models.requests.revision import Narrowing, Revision, Track
from requests_app.models.requests.scope import LIMIT_FIELDS, OPERATIONS, Scope, UsageLimits
from requests_app.models.review.added_reviewer import AddedReviewer
from requests_app.models.review.break_glass import BreakGlass
from requests_app.models.review.essay_policy import SeriesPolicy
from requests_app.models.review.policy import (
    Condition,
    Policy,
    PolicyEditor,
    PolicyModel,
    PolicyStep,
    PolicyVersion,
    RequestPart,
)
from requests_app.models.review.read_log import ReadLogEntry
from requests_app.models.review.reviewer_invitation import ReviewerInvitation
from requests_app.models.review.saved_reason import SavedReason
from requests_app.models.review.stage import Delegation, Stage, Vote
from requests_app.models.stored_answer import StoredAnswer

__all__ = [
    "GATEWAY_PERMISSIONS",
    "AddedReviewer",
    "LIMIT_FIELDS",
    "OPERATIONS",
    "AccessRequest",
    "Attachment",
    "BreakGlass",
    "Capacity",
    "Channel",
    "Collaborator",
    "Colleague",
    "Condition",
    "Delegation",
    "Demand",
    "DenialReason",
    "BulkRevocation",
    "Event",
    "FileKind",
    "Follow",
    "Grant",
    "GrantedModel",
    "InstitutionMerge",
    "Invitation",
    "ExternalKey",
    "ExternalKeyState",
    "Key",
    "UsageLimits",
    "ReadLogEntry",
    "Narrowing",
    "Notice",
    "RequestPart",
    "Policy",
    "PolicyEditor",
    "PolicyModel",
    "PolicyStep",
    "PolicyVersion",
    "Proposal",
    "StoredAnswer",
    "TokenPermission",
    "Reconciliation",
    "RequestInstitution",
    "RequestedModel",
    "RetirementWatch",
    "ReviewerInvitation",
    "ReviewerPreference",
    "Revision",
    "SavedReason",
    "Scope",
    "SeriesPolicy",
    "ServiceToken",
    "KeyActivity",
    "MembershipKind",
    "Stage",
    "StandingMember",
    "StandingRule",
    "Track",
    "Usage",
    "UsageBatch",
    "Vote",
    "models_to_tell_of",
]
