"""Lets whoever looks around be anybody in the demo, without a password."""

from typing import NamedTuple

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from lifecycle.people.models import User
from lifecycle.people.sign_in.own_paths import is_own_path


class Role(NamedTuple):
    """One of the people: what there is to see as them, and the page to begin on."""

    short: str
    sees: str
    begins: str


DESK = "admin:index"
ROLES = {
    "Researchers": (
        Role("iris", "has requested nothing yet; her lab has standing access", "home"),
        Role("alice", "waits for a decision", "requests"),
        Role("mei", "was asked for changes", "requests"),
        Role("tomas", "was declined, and may appeal", "requests"),
        Role("noor", "has access, a key and a month of use", "access"),
        Role("olga", "was declined, appealed, and shares what she got", "access"),
        Role("bram", "has suspended, revoked and emergency access", "access"),
        Role("lena", "uses Emeritus in German", "requests"),
    ),
    "Reviewers": (
        Role("rita", "decides first; most of what waits is hers", DESK),
        Role("sam", "decides on safety", DESK),
        Role("kim", "decides on safety, and is called when others are silent", DESK),
        Role("nia", "gets one digest a day instead of single reminders", DESK),
    ),
    "Policy owners": (
        Role("pat", "wrote the next version of a policy", DESK),
        Role("lee", "is the second person, who can publish it", DESK),
    ),
    "Operators": (Role("admin", "can do everything, and decides last as the lead", DESK),),
}
BEGINS = {role.short: role.begins for roles in ROLES.values() for role in roles}


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Those who are there: without the half year of history, they are few."""
    emails = [f"{short}@example.org" for short in BEGINS]
    known = {user.email.partition("@")[0]: user for user in User.objects.filter(email__in=emails)}
    roles = {
        heading: [(known[role.short], role) for role in each if role.short in known]
        for heading, each in ROLES.items()
    }
    return render(request, "demo/people.html", {"roles": roles})


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """As after a password; whoever has set up a second factor is asked for it all the same."""
    short = request.POST.get("who", "")
    user = get_object_or_404(User, email=f"{short}@example.org", is_active=True)
    logout(request)
    record_authentication(request, user, method="password")
    then = request.POST.get("then", "")
    if not is_own_path(then):
        then = reverse(BEGINS.get(short, "home"))
    return perform_login(request, user, redirect_url=then)  # type: ignore[no-any-return]
