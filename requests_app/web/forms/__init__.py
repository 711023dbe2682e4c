"""Forms look at the shape of what was typed; whether it can be accepted is the action's to say."""

from requests_app.web.access.forms import (
    AppealForm,
    ClaimForm,
    LeakForm,
    ReasonForm,
    RotateForm,
)
from requests_app.web.account.forms import PersonForm

__all__ = ["AppealForm", "ClaimForm", "LeakForm", "PersonForm", "ReasonForm", "RotateForm"]
