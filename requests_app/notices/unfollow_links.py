"""Signed links that end following from an email, without signing in (RFC 8058)."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from requests_app.models import Notice

_signer = Signer(salt="emeritus.unfollow", sep=".")


def path_of(notice: Notice) -> str:
    return reverse("unfollow_by_link", args=[_signer.sign(str(notice.pk))])


def headers_of(notice: Notice) -> dict[str, str]:
    """Return the headers for mail programs; one-click takes HTTPS."""
    headers = {"List-Unsubscribe": f"<{settings.SITE_URL}{path_of(notice)}>"}
    if settings.HTTPS:
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def read(token: str) -> Notice | None:
    """Return the notice whose email had this link; None if the link isn't ours."""
    try:
        pk = _signer.unsign(token)
    except BadSignature:
        return None
    rows = Notice.objects.select_related("recipient", "event__ai_model")
    return rows.filter(pk=pk, event__ai_model__isnull=False).first()
