"""The last versions of client libraries known to work with a model."""

from django.db import models

from lifecycle.catalogue.models.ai_model import AIModel
from lifecycle.catalogue.models.source import source_of
from lifecycle.catalogue.validators import validate_day


class SDKVersion(models.Model):
    """The last version of a package with which calls to the model were seen to work."""

    ai_model = models.ForeignKey(
        AIModel, on_delete=models.CASCADE, related_name="sdk_versions", verbose_name="AI model"
    )
    package = models.CharField(max_length=100, help_text="Such as “anthropic (Python)”.")
    version = models.CharField(max_length=50)
    checked_on = models.DateField(null=True, blank=True, validators=[validate_day])
    source = source_of("sdk_versions")

    class Meta:
        verbose_name = "SDK version"
        ordering = ("package",)
        constraints = [
            models.UniqueConstraint(
                fields=("ai_model", "package"), name="sdk_version_is_named_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package} {self.version}"
