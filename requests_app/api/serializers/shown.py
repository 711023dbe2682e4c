"""Base classes of the serializers that describe responses."""

from typing import Any, TypeVar

from django.db.models import Model, TextChoices
from rest_framework import serializers

from requests_app.models import UsageLimits

M = TypeVar("M", bound=Model)


class ChoiceField(serializers.ReadOnlyField):
    """A value of a list, described by its table; an empty one is shown as null."""

    def __init__(self, choices: type[TextChoices], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = choices

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value) or None


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
