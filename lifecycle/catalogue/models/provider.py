"""Providers, and the notice they promise."""

from django.db import models
from django.db.models import Q
from django.db.models.lookups import Exact

from lifecycle.catalogue.models.columns import CatalogueRow, ChainHead, json_type
from lifecycle.catalogue.validators import validate_notice_days
from lifecycle.text.folded_columns import ComparableField


class Provider(CatalogueRow, ChainHead):
    """A lab, with the days of notice it promises before a retirement, by kind of model."""

    slug = models.SlugField("short name", unique=True)
    name = models.CharField(max_length=100)
    comparable_name = ComparableField(of="name")
    notice_days = models.JSONField(
        null=True,
        blank=True,
        validators=[validate_notice_days],
        help_text='Like 60, or by kind of model: {"general": 180, "preview": 14}.',
    )

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=Q(notice_days__isnull=True)
                | Q(Exact(json_type("notice_days"), "number"))
                | Q(Exact(json_type("notice_days"), "object")),
                name="notice_is_a_number_or_numbers_by_kind",
            )
        ]

    def __str__(self) -> str:
        return self.name
