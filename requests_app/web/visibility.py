"""Which requests a person may see: their own, and submitted ones that name them."""

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Revision
from requests_app.models.requests.request import AccessRequestQuerySet


def owned_by(person: User) -> AccessRequestQuerySet:
    return AccessRequest.objects.of(person)


def shared_with(person: User) -> QuerySet[AccessRequest]:
    """Return requests whose last submitted revision names `person`; never a draft."""
    sent = Revision.objects.exclude(submitted_at=None).order_by("-number")
    last = sent.filter(access_request=OuterRef("pk")).values("pk")[:1]
    rows = AccessRequest.objects.annotate(sent_text=Subquery(last))
    named = Revision.objects.filter(pk=OuterRef("sent_text"), collaborators=person)
    return rows.filter(Exists(named))


def readable_by(person: User) -> QuerySet[AccessRequest]:
    return owned_by(person) | AccessRequest.objects.filter(pk__in=shared_with(person).values("pk"))
