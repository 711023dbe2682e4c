"""An email to an audience about an event."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from lifecycle.people.models import User
from requests_app.models import Event
from requests_app.notices import relevance

# People, or an address that may have no account.
Audience = Callable[[Any, Event], Iterable[User] | Iterable[str]]


class NoticeRule(NamedTuple):
    """An email to an audience; `template` is its name under templates/mail/.

    `deadline` names the moment in the context that it is about. `only_if` must hold when it is
    sent; otherwise the notice is dropped. With `can_wait`, readers of a daily digest get it there
    if that comes in time. With `chat` it is posted to the chat channels too, and with `calendar`
    its deadline is attached as a calendar file, or the cancellation once the step has ended.
    """

    audience: Audience
    template: str
    deadline: str = ""
    only_if: relevance.Condition = relevance.always
    can_wait: bool = False
    chat: bool = False
    calendar: bool = False
