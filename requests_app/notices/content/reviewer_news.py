"""What emails to reviewers say of the group that they were added to or taken out of."""

from typing import Any

from requests_app.models import Notice, Policy

TEMPLATES = ("reviewer_added", "reviewer_removed")


def of_notice(notice: Notice) -> dict[str, Any]:
    """Return the template's variables; nothing is read for other emails."""
    if notice.template not in TEMPLATES:
        return {}
    named = Policy.objects.filter(slug__in=notice.event.details["policies"])
    return {"policies": ", ".join(named.order_by("name").values_list("name", flat=True))}
