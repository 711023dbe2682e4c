"""Who is told by email of retirements."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lifecycle.catalogue.models import AIModel, Provider


def _follows_one_thing() -> Q:
    return (
        Q(ai_model__isnull=False, provider=None, platform="")
        | Q(ai_model=None, provider__isnull=False, platform="")
        | Q(ai_model=None, provider=None) & ~Q(platform="")
    )


class Follow(models.Model):
    """A person's wish to be told of the retirements of a model, a provider or a platform."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows"
    )
    ai_model = models.ForeignKey(
        AIModel,
        on_delete=models.CASCADE,
        null=True,
        related_name="follows",
        verbose_name="AI model",
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, null=True, related_name="follows"
    )
    platform = models.CharField(max_length=100, blank=True)
    followed_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("person", "ai_model", "provider", "platform"),
                nulls_distinct=False,
                name="a_thing_is_followed_once",
            ),
            models.CheckConstraint(condition=_follows_one_thing(), name="follow_is_of_one_thing"),
        ]
        indexes = [
            # Who is told of a platform; the other two have the indexes of their keys.
            models.Index(fields=("platform",), condition=~Q(platform=""), name="platform_follows")
        ]

    def __str__(self) -> str:
        return str(self.ai_model or self.provider or self.platform)
