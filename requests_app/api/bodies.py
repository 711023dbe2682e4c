"""The shape of what may be sent; whether it can be accepted is the action's to say."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from lifecycle.catalogue.models import Provider
from requests_app.actions import leaks
from requests_app.actions.asks import Ask
from requests_app.models import OPERATIONS, Track

UNKNOWN = "There is no field of this name here."
TOO_LONG = "Use at most {max_length} characters."


class Text(serializers.CharField):
    """A string, and not a number that could be read as one."""

    default_error_messages = {"max_length": TOO_LONG}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A number without a fraction, and not a string or a truth value that could be read as one."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Body(serializers.Serializer[Any]):
    """Named fields only: a name that we don't know is refused, not passed over."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := set(data) - set(self.fields)):
            raise serializers.ValidationError({name: [UNKNOWN] for name in sorted(unknown)})
        return super().to_internal_value(data)


class NothingSerializer(Body):
    """An action that needs no words."""


class ModelFilterSerializer(Body):
    """How the catalogue can be narrowed."""

    provider = Text(required=False, help_text="The provider's slug, such as `anthropic`.")
    retired = serializers.BooleanField(
        required=False, help_text="Whether a platform has stopped serving the model by today (UTC)."
    )
    by_request = serializers.BooleanField(
        required=False, help_text="Whether access can be asked for."
    )

    def validate_provider(self, slug: str) -> str:
        if not Provider.objects.filter(slug=slug).exists():
            raise serializers.ValidationError("There is no provider of this name.")
        return slug


class RequestTextSerializer(Body):
    """What is asked for. An unknown model passes here, so that the action can say so."""

    models = serializers.ListField(
        child=Text(), max_length=100, help_text="Identifiers from the catalogue."
    )
    purpose = Text(
        allow_blank=True, help_text="Reviewers decide by this text. A draft may leave it empty."
    )
    operations = serializers.ListField(
        child=Text(),
        max_length=100,
        default=list(OPERATIONS),
        help_text=f"Some of: {', '.join(OPERATIONS)}. All of them when left out.",
    )
    expected_cost = Whole(default=0, help_text="What the calls will cost altogether, in whole USD.")
    track = Text(
        default=Track.ACADEMIC.value,
        help_text=f"What kind of organisation asks; one of: {', '.join(Track.values)}.",
    )
    collaborators = serializers.ListField(
        child=Text(),
        max_length=100,
        default=[],
        help_text="E-mail addresses of the others who work on it. Each needs an account.",
    )
    starts_on = serializers.DateField(help_text="UTC. Later if the approval comes later.")
    ends_on = serializers.DateField(
        help_text="UTC. The days between the two are granted, counted from when access begins."
    )

    def asked(self) -> Ask:
        """What was sent, once it has the right shape."""
        sent = self.validated_data
        return Ask(
            identifiers=tuple(sent["models"]),
            purpose=sent["purpose"],
            operations=tuple(sent["operations"]),
            expected_cost=sent["expected_cost"],
            track=sent["track"],
            collaborators=tuple(sent["collaborators"]),
            starts_on=sent["starts_on"],
            ends_on=sent["ends_on"],
        )


class NewRequestSerializer(RequestTextSerializer):
    """A new request; a draft unless it is to be sent for review at once."""

    submit = serializers.BooleanField(default=False, help_text="Send it for review at once.")


class OptionalReasonSerializer(Body):
    """A few words, if any."""

    reason = Text(default="", allow_blank=True, max_length=1000)


class ClaimSerializer(Body):
    """From where the new key may be used."""

    networks = serializers.ListField(
        child=Text(max_length=50),
        max_length=100,
        default=[],
        help_text="In CIDR notation, such as `192.0.2.0/24`. From anywhere when left out.",
    )


class RotateSerializer(Body):
    """How long the old key works on beside its successor."""

    overlap_hours = Whole(default=24, min_value=0, max_value=168)


class AppealSerializer(Body):
    """Why a denial should be looked at again."""

    reason = Text(allow_blank=True, help_text="The reviewers read it before the purpose.")


class ReasonSerializer(Body):
    """The reason for taking something away. The holder is told."""

    reason = Text(allow_blank=True, max_length=1000)


class LeakedKeysSerializer(Body):
    """What was found. Each text may hold a key somewhere in it."""

    keys = serializers.ListField(
        child=Text(max_length=1000, help_text="A key, or a line that has one in it."),
        max_length=leaks.MOST,
    )


class NewEndSerializer(Body):
    """An earlier end."""

    ends_at = serializers.DateTimeField(help_text="UTC where no offset is given.")
    reason = Text(
        default="",
        allow_blank=True,
        max_length=1000,
        help_text="Owners of the policy have to give one; the holder is told. Holders needn't.",
    )


class SharerSerializer(Body):
    """Somebody with whom an access is shared."""

    person = serializers.EmailField(max_length=254, help_text="Their e-mail address.")
