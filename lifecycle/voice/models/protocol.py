"""Protocols of interviews. A published version never changes."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lifecycle.catalogue.models import Provider
from lifecycle.voice.digests import is_digest


class Protocol(models.Model):
    """How a provider interviews its models before their retirement."""

    slug = models.SlugField("short name", unique=True)
    name = models.CharField(max_length=100)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="protocols")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ProtocolVersion(models.Model):
    """A published version. A trigger refuses to change or delete it."""

    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(help_text="What interviewers do, say and ask.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the text.")
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="published_protocols"
    )

    class Meta:
        ordering = ("protocol", "number")
        constraints = [
            models.UniqueConstraint(
                fields=("protocol", "number"), name="protocol_version_number_is_used_once"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="protocol_version_has_a_text"),
            is_digest("digest", "text", name="protocol_digest_is_of_its_text"),
        ]

    def __str__(self) -> str:
        return f"{self.protocol} v{self.number}"
