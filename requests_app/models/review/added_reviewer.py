"""Whom a requester made a reviewer: they can't decide that person's requests."""

from django.conf import settings
from django.db import models

from requests_app.models.requests.request import AccessRequest


class AddedReviewer(models.Model):
    """A view: who is in a group of the request's policy version since its requester added them.

    The last to add somebody counts, by the event `policy.reviewer_added`; an invitation that was
    accepted is one, too. It is the only definition, used by the desk, by votes and by triggers.
    """

    pk = models.CompositePrimaryKey("access_request_id", "person_id")
    access_request = models.ForeignKey(
        AccessRequest, on_delete=models.DO_NOTHING, related_name="added_reviewers"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, related_name="+"
    )

    class Meta:
        managed = False
        db_table = "requests_app_addedreviewer"

    def __str__(self) -> str:
        return f"{self.person_id} for {self.access_request_id}"
