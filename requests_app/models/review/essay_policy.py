"""Under which policy a series of essays is reviewed."""

from django.db import models

from lifecycle.voice.models import EssaySeries
from requests_app.models.review.policy import Policy


class SeriesPolicy(models.Model):
    """The policy whose steps decide on a series' essays; an essay keeps its version."""

    series = models.OneToOneField(EssaySeries, on_delete=models.PROTECT, related_name="review")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="essay_series")

    class Meta:
        verbose_name_plural = "series policies"

    def __str__(self) -> str:
        return f"{self.series} under {self.policy}"
