"""Base classes of the serializers that describe responses."""

from collections.abc import Callable, Collection
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import Model, TextChoices
from rest_framework import serializers
from rest_framework.relations import RelatedField

from requests_app.key_format import holder_id
from requests_app.models import UsageLimits

M = TypeVar("M", bound=Model)


class ChoiceField(serializers.ReadOnlyField):
    """A value of a list, described by its table; an empty one is shown as null."""

    def __init__(self, choices: type[TextChoices], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = choices

    def bind(self, field_name: str, parent: Any) -> None:
        """Describe it as nullable where its column may be empty."""
        super().bind(field_name, parent)
        model = getattr(getattr(parent, "Meta", None), "model", None)
        columns = {column.name: column for column in model._meta.concrete_fields} if model else {}
        if column := columns.get(self.source):
            self.allow_null = self.allow_null or column.blank or column.null

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value) or None


class HolderIdField(serializers.ReadOnlyField):
    """A person by the ID that never changes, as `X-Emeritus-Holder` names them at gateways."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = "The person, as `X-Emeritus-Holder` names them. It never changes."
        super().__init__(help_text=help_text, **kwargs)

    def to_representation(self, value: int) -> str:
        return holder_id(value)


class LimitsSerializer(serializers.Serializer[UsageLimits]):
    """How much all keys of a grant may use together. Null means no limit."""

    requests_per_minute = serializers.IntegerField(read_only=True, allow_null=True)
    requests_per_day = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="A UTC date."
    )
    tokens_per_day = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Input and output tokens per UTC day."
    )
    spend_cap = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Total, in whole USD."
    )


class ReadOnlySerializer(serializers.ModelSerializer[M]):
    """For responses only: nothing is written through it."""

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """Add to dates which time zone's day they are."""
        field, options = super().build_standard_field(field_name, model_field)
        if issubclass(field, serializers.DateField):
            told = filter(None, ("A UTC date.", options.get("help_text")))
            options["help_text"] = " ".join(map(str, told))
        return field, options

    def get_extra_kwargs(self) -> dict[str, Any]:
        return {name: {"read_only": True} for name in self.Meta.fields}

    @cached_property
    def _readers(self) -> list[tuple[str, Callable[[M], Any], Callable[[Any], Any]]]:
        """How each field is read and shown, looked up once: a list has thousands of rows."""
        meta: Any = self.Meta
        columns = {column.name for column in meta.model._meta.concrete_fields}
        return [
            (name, self._reader_of(field, columns), field.to_representation)
            for name, field in self.fields.items()
        ]

    @staticmethod
    def _reader_of(field: Any, columns: Collection[str]) -> Callable[[M], Any]:
        is_plain = field.source in columns and not isinstance(field, RelatedField)
        return attrgetter(field.source) if is_plain else field.get_attribute

    def to_representation(self, instance: M) -> dict[str, Any]:
        shown = {}
        for name, read, show in self._readers:
            value = read(instance)
            shown[name] = None if value is None else show(value)
        return shown
