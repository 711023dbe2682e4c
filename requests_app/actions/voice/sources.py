"""Keep the page that states a fact."""

from lifecycle.catalogue.models import Source
from requests_app.validation.voice import recorded_texts


def source_at(address: str, *, kind: str = Source.Kind.PROVIDER) -> Source | None:
    """Return the source of this address, added if it is new; None without an address."""
    url = recorded_texts.web_address("source", address)
    if not url:
        return None
    return Source.objects.get_or_create(url=url, defaults={"kind": kind})[0]
