"""Note that somebody read a source and found the facts there."""

from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue import sources
from lifecycle.catalogue.models import Provider, Source
from lifecycle.people.models import User
from requests_app.rules.catalogue import check_editor
from requests_app.transitions.transition import record_event


@transaction.atomic
def verify(source: Source, *, by: User) -> Source:
    """Note that `by` read the source today (UTC) and that it states what the catalogue says."""
    check_editor(by)
    now = timezone.now()
    providers = sources.providers_of(source).values("pk")
    locked = list(Provider.objects.filter(pk__in=providers).order_by("pk").select_for_update())
    source = Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    source.verified_on, source.verified_by = now.date(), by
    source.save(update_fields=["verified_on", "verified_by"])
    for provider in locked:
        record_event(provider, "source.verified", by=by, at=now, details={"url": source.url})
    return source
