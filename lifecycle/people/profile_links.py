"""Validate links to public profiles: https only, and only on known sites."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lifecycle.people import orcid as ids

MAX_LENGTH = 200
ORCID = ids.SITE
# Google has a domain in each country: google.de, google.co.uk, google.com.br.
_SCHOLAR = re.compile(r"scholar\.google\.(?:com|[a-z]{2}|com?\.[a-z]{2})|www\.semanticscholar\.org")
_GITHUB = re.compile(r"/[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/?")
_PRINTED = re.compile(r"[!-~]+")


def scholar(written: str) -> str:
    """Return a Google Scholar or Semantic Scholar URL. Raises ValidationError, as all do here."""
    host, path = _split(written)
    if not _SCHOLAR.fullmatch(host) or path in ("", "/"):
        sentence = _(
            "Enter the URL of a Google Scholar or Semantic Scholar profile, like "
            "https://scholar.google.com/citations?user=…"
        )
        raise ValidationError(sentence, code="host")
    return written


def orcid(written: str) -> str:
    """Return the URL of an ORCID iD, given as iD or URL."""
    return ORCID + ids.cleaned(written)


def github(written: str) -> str:
    host, path = _split(written)
    if host != "github.com" or not _GITHUB.fullmatch(path):
        sentence = _("Enter the URL of a GitHub profile, like https://github.com/octocat.")
        raise ValidationError(sentence, code="host")
    return written


def _split(written: str) -> tuple[str, str]:
    """Return host and path; a port or user name is kept in the host, so no known host matches."""
    if not written.startswith("https://"):
        raise ValidationError(_("Enter the full URL, starting with https://."), code="https")
    try:
        parts = urlsplit(written)
    except ValueError:
        parts = urlsplit("")
    if not _PRINTED.fullmatch(written):
        return "", ""
    return parts.netloc.lower(), f"{parts.path}"


LINKS: Mapping[str, Callable[[str], str]] = {"scholar": scholar, "orcid": orcid, "github": github}
