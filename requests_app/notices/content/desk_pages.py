"""Where the review desk shows what a notice is about."""

from typing import Any

from django.urls import reverse


def page_of(context: dict[str, Any]) -> str:
    """Return the page of the essay or the request."""
    if essay := context["essay"]:
        return reverse("admin:voice_essay_change", args=[essay.pk])
    return reverse("admin:requests_app_accessrequest_change", args=[context["access_request"].pk])
