"""Shared parts of the catalogue's tables: what people set, and days of our age."""

from datetime import UTC, datetime, time

from django.db import models
from django.db.models import F, Func, Q

from lifecycle.catalogue.validators import FIRST_DAY, LAST_DAY
from lifecycle.text.folded_columns import Compared

DAYS = (FIRST_DAY, LAST_DAY)
MOMENTS = tuple(datetime.combine(day, time(), tzinfo=UTC) for day in DAYS)


def json_type(name: str) -> Func:
    return Func(F(name), function="jsonb_typeof", output_field=models.TextField())


def is_a_day(*names: str) -> Q:
    """Check that dates lie in our age, so that pages can show them in any time zone."""
    return Q(*(Q(**{name: None}) | Q(**{f"{name}__range": DAYS}) for name in names))


class CatalogueRow(Compared):
    """A row loaded from files and corrected by people."""

    set_by_people = models.JSONField(
        default=dict,
        editable=False,
        help_text="Facts set by a person, each with the file's value.",
    )

    class Meta:
        abstract = True


class ChainHead(models.Model):
    """The last event of a row's audit chain."""

    head_sequence = models.PositiveIntegerField(default=0, editable=False)
    head_digest = models.BinaryField(max_length=32, default=bytes, editable=False)

    class Meta:
        abstract = True
