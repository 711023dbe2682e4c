"""The institutions of whoever asks, as they were said, and who is their colleague by that."""

from django.conf import settings
from django.db import models

from lifecycle.people.models import Institution
from requests_app.models.requests.request import AccessRequest


class RequestInstitution(models.Model):
    """What the profile and the text named when a request was first sent; never changed after."""

    access_request = models.ForeignKey(
        AccessRequest, on_delete=models.PROTECT, related_name="institutions"
    )
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="requests")
    at = models.DateTimeField(help_text="By the database's clock, like affiliations.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("access_request", "institution"), name="request_names_an_institution_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.institution_id} in {self.access_request_id}"


class Colleague(models.Model):
    """A view: who has worked at an institution of the requester since the request was first sent.

    The only place that says so; the desk, the check of a vote and triggers all read it. Whether
    that bars is for the policy to say. A person may be there more than once.
    """

    pk = models.CompositePrimaryKey("access_request_id", "person_id")
    access_request = models.ForeignKey(
        AccessRequest, on_delete=models.DO_NOTHING, related_name="colleagues"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, related_name="+"
    )

    class Meta:
        managed = False
        db_table = "requests_app_colleague"

    def __str__(self) -> str:
        return f"{self.person_id} for {self.access_request_id}"
