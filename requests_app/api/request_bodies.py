"""The form of request bodies; whether they are acceptable is for the actions to decide."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.text.normalization import canonical
from requests_app.actions.keys import leaks
from requests_app.actions.standing import lists
from requests_app.models import OPERATIONS, Track
from requests_app.models.requests.attestation import ATTESTATION_TEXTS, CURRENT_ATTESTATION
from requests_app.validation.request_input import RequestInput

UNKNOWN = _("Unknown field.")
EXACT = 2**53  # a float tells all whole numbers below it apart
TOO_LONG = _("Use at most {max_length} characters.")


class TextField(serializers.CharField):
    """A normalized string; numbers aren't converted."""

    default_error_messages = {"max_length": TOO_LONG}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(canonical(data))


def whole(data: Any) -> Any:
    """Return 7 for 7.0, which is an integer in JSON Schema; anything else as it is."""
    is_whole = type(data) is float and data.is_integer() and abs(data) < EXACT
    return int(data) if is_whole else data


class WholeNumberField(serializers.IntegerField):
    """A whole number; strings and booleans aren't converted."""

    def to_internal_value(self, data: Any) -> int:
        if type(whole(data)) is not int:
            self.fail("invalid")
        return super().to_internal_value(whole(data))


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]})
class AnswerField(serializers.Field[Any, Any, Any, Any]):
    """A text, a whole number or a boolean; a date is written as in ISO 8601."""

    default_error_messages = {"invalid": _("Send text, a whole number, true or false.")}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            return TextField(allow_blank=True).run_validation(data)
        if type(whole(data)) not in (int, bool):
            self.fail("invalid")
        return whole(data)


class RequestBody(serializers.Serializer[Any]):
    """Known fields only: an unknown name is refused, not ignored."""

    described_limits: ClassVar[Mapping[str, int]] = {}  # what the description says beside fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := set(data) - set(self.fields)):
            raise serializers.ValidationError({name: [UNKNOWN] for name in sorted(unknown)})
        return super().to_internal_value(data)


class NothingSerializer(RequestBody):
    """An action that needs no words."""


def _optional_text(help_text: str) -> TextField:
    """A text that a draft may omit; the action checks its length."""
    return TextField(default="", allow_blank=True, help_text=help_text)


class CoWrittenSerializer(RequestBody):
    """What a requester may let others write; `roles.CO_WRITTEN` has the same names."""

    purpose = TextField(
        allow_blank=True,
        help_text="Reviewers base their decision on this. Can be empty in a draft.",
    )
    operations = serializers.ListField(
        child=TextField(),
        max_length=100,
        default=list(OPERATIONS),
        help_text=f"Some of: {', '.join(OPERATIONS)}. All of them when left out. Can be empty in a "
        "draft.",
    )
    expected_cost = WholeNumberField(
        default=0, help_text="Total expected cost of the calls in whole USD."
    )
    expected_use = _optional_text("Number of calls, their length and the period.")
    inputs = _optional_text("What will be sent to the models.")
    safety = _optional_text("What could go wrong, and how you will prevent it.")
    answers = serializers.DictField(
        child=AnswerField(),
        default={},
        help_text="Answers to the policy's questions, by key. See the model's `policy.questions`.",
    )
    starts_on = serializers.DateField(
        help_text="A UTC date. Access starts later if it is approved later."
    )
    ends_on = serializers.DateField(
        help_text="A UTC date. The length stays the same if access starts later."
    )


class RequestTextSerializer(CoWrittenSerializer):
    """Models, operations, dates and text of a request."""

    # Unknown models are left to the action, whose refusal is the same as on the page.

    models = serializers.ListField(
        child=TextField(), max_length=100, help_text="Identifiers from the catalogue."
    )
    title = _optional_text(
        "How reviewers and you will recognise the request, on one line of at most 120 characters."
    )
    track = TextField(
        default=Track.ACADEMIC.value,
        allow_null=True,
        help_text=f"The kind of organisation; one of: {', '.join(Track.values)}. Null in a draft "
        "until it is chosen.",
    )
    collaborators = serializers.ListField(
        child=TextField(),
        max_length=100,
        default=[],
        help_text="Email addresses of collaborators. Each is invited by email and joins the "
        "request once they accept. Anyone you leave out is removed.",
    )
    organisation = _optional_text(
        "The requesting organisation. Required unless the track is `independent`."
    )
    organisation_id = _optional_text(
        "A ROR ID, like `https://ror.org/02mhbdp94`, or an ID from another registry."
    )
    country = _optional_text("Where the work takes place, as an ISO 3166 code.")
    team = _optional_text("Who will work on this and what they do. Required.")
    scholar = _optional_text("The URL of a Google Scholar or Semantic Scholar profile.")
    orcid = _optional_text("An ORCID iD or its URL.")
    github = _optional_text("The URL of a GitHub profile.")
    attests = serializers.BooleanField(
        default=False,
        help_text=f"Must be true. It confirms: “{ATTESTATION_TEXTS[CURRENT_ATTESTATION]}”",
    )
    accepted_terms = _optional_text(
        "The policy and version whose terms you accept, like `opus/2`. Required if it has terms."
    )

    def asked(self) -> RequestInput:
        """Return the input of a body that is valid in form."""
        sent = {name: value for name, value in self.validated_data.items() if name != "submit"}
        for name in ("operations", "collaborators"):
            sent[name] = tuple(sent[name])
        sent["track"] = sent["track"] or ""
        return RequestInput(identifiers=tuple(sent.pop("models")), **sent)


class WriteSerializer(CoWrittenSerializer):
    """Some fields of a draft; those that you leave out stay as they are."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, serializers.empty
        return fields

    def changes(self) -> dict[str, Any]:
        """Return the values of a body that is valid in form."""
        sent = dict(self.validated_data)
        return {**sent, "operations": tuple(sent["operations"])} if "operations" in sent else sent


class NewRequestSerializer(RequestTextSerializer):
    """A new request: a draft, unless it is sent for review immediately."""

    submit = serializers.BooleanField(default=False, help_text="Send it for review immediately.")


class SubmitSerializer(RequestBody):
    """What the requester says when they send a returned request again."""

    note = _optional_text(
        "Only after a return: what you changed, in at most 2,000 characters. Reviewers read it "
        "first."
    )


class OptionalReasonSerializer(RequestBody):
    """An optional reason."""

    reason = TextField(default="", allow_blank=True, max_length=1000)


def _networks(*, if_omitted: str, **kwargs: Any) -> serializers.ListField:
    return serializers.ListField(
        child=TextField(max_length=50),
        max_length=100,
        help_text=f"In CIDR notation, such as `192.0.2.0/24`. If omitted, {if_omitted}.",
        **kwargs,
    )


class ClaimSerializer(RequestBody):
    """What the new key is called, and where it can be used from."""

    label = _optional_text(  # type: ignore[assignment]  # a field, not DRF's
        "What you call it, in at most 60 characters."
    )
    networks = _networks(default=[], if_omitted="calls are allowed from anywhere")


class RotateSerializer(RequestBody):
    """How long the old key stays valid alongside the new one, and where the new one works."""

    overlap_hours = WholeNumberField(default=24, min_value=0, max_value=168)
    networks = _networks(required=False, if_omitted="those of the old key")


class LabelSerializer(RequestBody):
    """What the key is called."""

    label = TextField(  # type: ignore[assignment]  # a field, not DRF's
        allow_blank=True, help_text="At most 60 characters. Empty removes the name."
    )


class AppealSerializer(RequestBody):
    """Why a denial should be reviewed again."""

    reason = TextField(allow_blank=True, help_text="Shown to reviewers above the purpose.")


class ReasonSerializer(RequestBody):
    """The reason for revoking or suspending. The holder will see it."""

    reason = TextField(allow_blank=True, max_length=1000)


class LeakedKeysSerializer(RequestBody):
    """Texts that were found. Each can contain a key anywhere in it."""

    keys = serializers.ListField(
        child=TextField(max_length=1000, help_text="A key, or a line that contains one."),
        max_length=leaks.MAX_REPORTED,
    )


class StartSerializer(RequestBody):
    """The offer as it was shown, whose terms are accepted."""

    accepts = serializers.BooleanField(help_text="That you accept the policy's terms.")
    digest = TextField(max_length=64, help_text="Of the offer, from `standing-offers/`.")


class EmailsSerializer(RequestBody):
    """Email addresses, in any spelling."""

    emails = serializers.ListField(
        child=TextField(max_length=254), max_length=lists.MAX_ADDRESSES, allow_empty=False
    )


class NewEndSerializer(RequestBody):
    """An earlier end date."""

    ends_at = serializers.DateTimeField(help_text="UTC if no offset is given.")
    reason = TextField(
        default="",
        allow_blank=True,
        max_length=1000,
        help_text="Required from policy owners and shown to the holder. Optional for the holder.",
    )


class SharerSerializer(RequestBody):
    """A person the access is shared with."""

    person = serializers.EmailField(max_length=254, help_text="Their email address.")
