"""Parse the networks that a key is limited to."""

from collections.abc import Iterable
from ipaddress import ip_network

from django.utils.translation import gettext as _

from lifecycle.config.logs import redacted
from requests_app.refusals import Invalid

MAX_NETWORKS = 20


def ranges(written: Iterable[str]) -> list[str]:
    """Return the networks in CIDR notation without duplicates, in order. Raises Invalid."""
    found = list(dict.fromkeys(_range(text) for text in written))
    if len(found) > MAX_NETWORKS:
        raise Invalid({"networks": _("Enter at most %(most)s networks.") % {"most": MAX_NETWORKS}})
    return found


def _range(text: str) -> str:
    try:
        if "%" in text:  # a zone index (RFC 4007) is meaningful on one host only
            raise ValueError(text)
        return str(ip_network(text.strip()))
    except ValueError:
        sentence = _("Enter each network in CIDR notation, such as 192.0.2.0/24.")
        wrong = _("%(text)s isn't a valid network.") % {"text": repr(redacted(text)[:50])}
        problem = f"{wrong} {sentence}"
        raise Invalid({"networks": problem}) from None
