"""Who comes in: signed-in people, and what happens to one who meets a button by its address."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from lifecycle.people.models import User


class SignedInRequest(HttpRequest):
    """A request behind `login_required`."""

    user: User


V = TypeVar("V", bound=Callable[..., HttpResponse])


def password_again(view: V) -> V:
    """A view that first asks for the password or a second factor, if that was some minutes ago."""
    return cast(V, reauthentication_required(view))


Button = Callable[[SignedInRequest, str], HttpResponse]


def button_on(page: str, *, of_one: bool = True) -> Callable[[Button], Button]:
    """A view that only answers POST; `page` is where its button stands, `of_one` row or of all.

    Signing in after a POST leads back by GET, which then shows that page instead of an error.
    """

    def decorate(view: Button) -> Button:
        @login_required
        @wraps(view)
        def answer(request: SignedInRequest, public_id: str) -> HttpResponse:
            if request.method == "POST":
                return view(request, public_id)
            return redirect(page, *([public_id] if of_one else []))

        return answer

    return decorate
