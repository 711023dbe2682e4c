"""What all that is shown has in common."""

from typing import Any, TypeVar

from django.db.models import Model, TextChoices
from rest_framework import serializers

M = TypeVar("M", bound=Model)


class StateField(serializers.ReadOnlyField):
    """A state, described by the table that it comes from."""

    def __init__(self, states: type[TextChoices]) -> None:
        super().__init__()
        self.states = states


class Shown(serializers.ModelSerializer[M]):
    """Answers only: nothing is written through these."""

    def get_extra_kwargs(self) -> dict[str, Any]:
        return {name: {"read_only": True} for name in self.Meta.fields}
