"""The rows from the ask to the key's end; they hold and constrain, `actions` changes them."""

from requests_app.models.event import Event
from requests_app.models.grant import Grant, GrantedModel
from requests_app.models.key import Key
from requests_app.models.notice import Notice
from requests_app.models.policy import Policy, PolicyModel, PolicyStep, PolicyVersion
from requests_app.models.request import AccessRequest, RequestedModel, Revision
from requests_app.models.stage import Stage, Vote

__all__ = [
    "AccessRequest",
    "Event",
    "Grant",
    "GrantedModel",
    "Key",
    "Notice",
    "Policy",
    "PolicyModel",
    "PolicyStep",
    "PolicyVersion",
    "RequestedModel",
    "Revision",
    "Stage",
    "Vote",
]
