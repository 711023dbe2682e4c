"""Requesters' institutions as recorded at submission, and the colleagues that follow from them."""

from django.conf import settings
from django.db import models

from lifecycle.people.models import Institution
from requests_app.models.requests.request import AccessRequest


class RequestInstitution(models.Model):
    """An institution named by profile or text when a request was first sent; it never changes."""

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


class InstitutionMerge(models.Model):
    """The record of merging an institution into another: by whom, why and what moved."""

    merged = models.OneToOneField(
        Institution, on_delete=models.PROTECT, related_name="merge", help_text="Now only a name."
    )
    into = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="merges")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField()
    people = models.PositiveIntegerField(help_text="How many people moved.")
    requests = models.PositiveIntegerField(help_text="How many requests name it.")

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(merged=models.F("into")) & ~models.Q(reason=""),
                name="institution_merge_is_into_another_with_a_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.merged} into {self.into}"


class Colleague(models.Model):
    """A view: who has worked at an institution of the requester since the first submission.

    It is the only definition, used by the desk, by votes and by triggers. Whether colleagues are
    barred is up to the policy. A person may appear more than once.
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
