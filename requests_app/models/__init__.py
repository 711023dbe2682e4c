"""The rows from the ask to the key's end; they hold and constrain, `actions` changes them."""

from requests_app.models.event import Event
from requests_app.models.grant import Grant, GrantedModel
from requests_app.models.key import Key
from requests_app.models.notice import Channel, Notice, ReviewerPreference
from requests_app.models.policy import (
    Condition,
    Part,
    Policy,
    PolicyModel,
    PolicyStep,
    PolicyVersion,
)
from requests_app.models.request import (
    AccessRequest,
    Denial,
    Narrowing,
    RequestedModel,
    Revision,
    Track,
)
from requests_app.models.scope import OPERATIONS, Scope
from requests_app.models.stage import Delegation, Stage, Vote

__all__ = [
    "OPERATIONS",
    "AccessRequest",
    "Channel",
    "Condition",
    "Delegation",
    "Denial",
    "Event",
    "Grant",
    "GrantedModel",
    "Key",
    "Narrowing",
    "Notice",
    "Part",
    "Policy",
    "PolicyModel",
    "PolicyStep",
    "PolicyVersion",
    "RequestedModel",
    "ReviewerPreference",
    "Revision",
    "Scope",
    "Stage",
    "Track",
    "Vote",
]
