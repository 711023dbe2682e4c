"""Which emergency grants somebody sees and reviews, and which requests they could grant."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from lifecycle.people.models import User
from requests_app.models import AccessRequest, BreakGlass, PolicyStep
from requests_app.rules.break_glass import is_named, why_not_review
from requests_app.rules.desk.visibility import requests_visible_to
from requests_app.states import RequestState


def to_review(who: User) -> list[BreakGlass]:
    """Return the unreviewed break-glass grants that `who` may review; they are few."""
    related = ("grant__access_request__policy_version__policy", "grant__holder", "by")
    waiting = BreakGlass.objects.waiting().select_related(*related)
    waiting = waiting.prefetch_related("grant__granted_models__ai_model")
    return [row for row in waiting.order_by("at") if why_not_review(row, who) is None]


def visible_to(who: User) -> Q:
    """Select what the person did, and what is under policies that they own or vote under."""
    requests = AccessRequest.objects.filter(requests_visible_to(who, timezone.now()))
    seen = Exists(requests.filter(pk=OuterRef("grant__access_request")))
    groups = who.groups.values("pk")
    steps = PolicyStep.objects.filter(Q(reviewers__in=groups) | Q(alternates__in=groups))
    versions = steps.values("version")
    return Q(by=who) | Q(seen) | Q(grant__access_request__policy_version__in=versions)


def open_to(who: User) -> QuerySet[AccessRequest]:
    """Return all requests in review but the person's own, if they are named; else none."""
    rows = AccessRequest.objects.filter(state=RequestState.IN_REVIEW).exclude(requester=who)
    if not is_named(who):
        return rows.none()
    related = ("requester", "policy_version__policy")
    return rows.select_related(*related).prefetch_related("requested_models__ai_model")
