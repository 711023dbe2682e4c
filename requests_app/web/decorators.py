"""View decorators: sign-in, reauthentication, and buttons that only answer POST."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lifecycle.people.models import User
from requests_app.models import Key
from requests_app.refusals import WrongState
from requests_app.rules.repeated_actions import REPEAT_WINDOW, was_just_done
from requests_app.states import KeyState


class SignedInRequest(HttpRequest):
    """A request behind `login_required`."""

    user: User


V = TypeVar("V", bound=Callable[..., HttpResponse])


def require_reauthentication(view: V) -> V:
    """Require a recent password or second factor before the view."""
    return cast(V, reauthentication_required(view))


ALREADY_DONE = _("You already did this a moment ago. This is the current state.")


KEY_ALREADY_CREATED = _(
    "You clicked twice, so we created one key, ending in %(last_four)s. It was shown only "
    "after the first click. If you couldn't copy it, revoke it here and create a new one."
)


def _recent_key(view: str, public_id: str, person: User) -> Key | None:
    """Return the key that the first of two clicks created; `public_id` is of grant or old key."""
    if view not in ("claim", "rotate"):
        return None
    rows = Key.objects.filter(holder=person, state__in=(KeyState.ISSUING, KeyState.ACTIVE))
    rows = rows.filter(created_at__gt=timezone.now() - REPEAT_WINDOW).select_related("grant")
    replaced = Key.objects.filter(public_id=public_id, holder=person).values("grant")
    found = rows.filter(Q(grant__public_id=public_id) | Q(grant__in=replaced))
    return found.order_by("pk").last()


ActionView = Callable[[SignedInRequest, str], HttpResponse]


def action_view(page: str, *, takes_id: bool = True) -> Callable[[ActionView], ActionView]:
    """Make a view that only answers POST and redirects to `page`, where its button is.

    `takes_id` tells whether that page is of the row or a list. A second click is redirected too,
    since the first one did it. A sign-in after the POST returns by GET, which shows that page
    instead of an error.
    """

    def decorate(view: ActionView) -> ActionView:
        @login_required
        @wraps(view)
        def answer(request: SignedInRequest, public_id: str) -> HttpResponse:
            if request.method == "POST":
                try:
                    return view(request, public_id)
                except WrongState:
                    if key := _recent_key(view.__name__, public_id, request.user):
                        messages.warning(
                            request, KEY_ALREADY_CREATED % {"last_four": key.last_four}
                        )
                        return redirect("grant", key.grant.public_id)
                    if not was_just_done(view.__name__, public_id, by=request.user):
                        raise
                    messages.info(request, ALREADY_DONE)
            return redirect(page, *([public_id] if takes_id else []))

        return answer

    return decorate
