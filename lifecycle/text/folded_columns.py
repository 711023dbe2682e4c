"""A column that stores another column's text in its comparable form."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from lifecycle.text.normalization import comparable


class ComparableField(models.TextField[str, str]):
    """The comparable form of column `of`, written with each save; updates have to name it."""

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **{"editable": False, "default": "", **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        folded = comparable(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, folded)
        return folded


class Compared(models.Model):
    """A row with comparable columns, which are saved together with their source."""

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None:
            named = set(update_fields)
            columns = (each for each in self._meta.fields if isinstance(each, ComparableField))
            update_fields = named | {each.name for each in columns if each.of in named}
        super().save(*args, update_fields=update_fields, **kwargs)
