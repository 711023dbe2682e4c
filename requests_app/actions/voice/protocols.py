"""Publish protocols of interviews; each version is written once."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.catalogue.models import Provider
from lifecycle.people.models import User
from lifecycle.voice.digests import digest_of
from lifecycle.voice.models import Protocol, ProtocolVersion
from requests_app.refusals import Invalid
from requests_app.rules.catalogue import check_editor
from requests_app.transitions.register_locks import lock_provider
from requests_app.transitions.transition import record_event
from requests_app.validation.voice import recorded_texts


@transaction.atomic
def publish(provider: Provider, *, by: User, slug: str, name: str, text: str) -> ProtocolVersion:
    """Publish the next version of a provider's protocol, or the first one of a new protocol."""
    provider = lock_provider(provider.pk)
    check_editor(by)
    now = timezone.now()
    name = recorded_texts.line("name", name, needed=_("Give the protocol a name."))
    text = recorded_texts.prose("text", text, needed=_("Write down what interviewers do."))
    protocol, _new = Protocol.objects.get_or_create(
        slug=slug, defaults={"name": name, "provider": provider}
    )
    if protocol.provider_id != provider.pk:
        raise Invalid({"slug": _("Another provider has a protocol of this name.")})
    version = ProtocolVersion.objects.create(
        protocol=protocol,
        number=protocol.versions.count() + 1,
        text=text,
        digest=digest_of(text),
        published_at=now,
        published_by=by,
    )
    details = {"protocol": slug, "version": version.number, "text_sha256": version.digest}
    record_event(provider, "protocol.published", by=by, at=now, details=details)
    return version
