"""The rows from the ask to the key's end; they hold and constrain, `actions` changes them."""

from requests_app.models.attachment import Attachment, FileKind
from requests_app.models.break_glass import BreakGlass
from requests_app.models.capacity import Capacity
from requests_app.models.collaborator import Collaborator
from requests_app.models.ending import Ending
from requests_app.models.event import Event
from requests_app.models.grant import Grant, GrantedModel
from requests_app.models.institution import Colleague, RequestInstitution
from requests_app.models.invitation import Invitation
from requests_app.models.issued import IssuedKey, IssuedState, Reconciliation
from requests_app.models.key import Key
from requests_app.models.look import Look
from requests_app.models.notice import Channel, Notice, ReviewerPreference
from requests_app.models.policy import (
    Condition,
    Part,
    Policy,
    PolicyEditor,
    PolicyModel,
    PolicyStep,
    PolicyVersion,
)
from requests_app.models.request import (
    AccessRequest,
    Denial,
    RequestedModel,
)
from requests_app.models.revision import Narrowing, Revision, Track
from requests_app.models.scope import LIMITS, OPERATIONS, Limits, Scope
from requests_app.models.stage import Delegation, Stage, Vote
from requests_app.models.token import Power, ServiceToken
from requests_app.models.usage import Sighting, Usage, UsageBatch

__all__ = [
    "LIMITS",
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
    "Denial",
    "Ending",
    "Event",
    "FileKind",
    "Grant",
    "GrantedModel",
    "Invitation",
    "IssuedKey",
    "IssuedState",
    "Key",
    "Limits",
    "Look",
    "Narrowing",
    "Notice",
    "Part",
    "Policy",
    "PolicyEditor",
    "PolicyModel",
    "PolicyStep",
    "PolicyVersion",
    "Power",
    "Reconciliation",
    "RequestInstitution",
    "RequestedModel",
    "ReviewerPreference",
    "Revision",
    "Scope",
    "ServiceToken",
    "Sighting",
    "Stage",
    "Track",
    "Usage",
    "UsageBatch",
    "Vote",
]
