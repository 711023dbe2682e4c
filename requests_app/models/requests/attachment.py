"""Files attached to requests; their content is stored outside the database."""

from functools import partial

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requests_app.models.columns import public_id
from requests_app.models.requests.revision import Revision

MAX_NAME_LENGTH = 120


class FileKind(models.TextChoices):
    """The allowed types of files: none that a browser would run."""

    PDF = "pdf", _("PDF")
    PNG = "png", _("PNG image")
    JPEG = "jpeg", _("JPEG image")
    TEXT = "text", _("Plain text")
    CSV = "csv", _("CSV table")
    ODT = "odt", _("OpenDocument text")
    DOCX = "docx", _("Word document")


class Attachment(models.Model):
    """One file. It belongs to every revision that references it, and never changes."""

    public_id = models.CharField(
        max_length=24,
        unique=True,
        default=partial(public_id, "file"),
        editable=False,
        help_text="Also its name on disk.",
        verbose_name="public ID",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attachments"
    )
    revisions = models.ManyToManyField(Revision, related_name="files")
    name = models.CharField(
        max_length=MAX_NAME_LENGTH, help_text="Its owner's name for it, cleaned up."
    )
    kind = models.CharField(max_length=10, choices=FileKind)
    size = models.PositiveBigIntegerField(help_text="In bytes.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of its content, in hex.")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=FileKind.values), name="attachment_kind_is_known"
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="attachment_isnt_empty"),
            models.CheckConstraint(
                condition=Q(digest__regex="^[0-9a-f]{64}$"), name="attachment_has_its_digest"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_text(self) -> bool:
        """Whether the desk shows its text on a page."""
        return self.kind in (FileKind.TEXT, FileKind.CSV)

    @property
    def is_image(self) -> bool:
        return self.kind in (FileKind.PNG, FileKind.JPEG)

    @property
    def is_shown_in_place(self) -> bool:
        """Whether the desk shows it; a browser would only store the other types."""
        return self.is_text or self.is_image or self.kind == FileKind.PDF
