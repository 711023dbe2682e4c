"""Request bodies about interviews, preferences and essays; the actions say what is acceptable."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers

from lifecycle.catalogue.models import AIModel, Source
from lifecycle.people.email import addresses
from lifecycle.voice.models import Interview, ProtocolVersion
from requests_app.actions.voice import essays
from requests_app.api.request_bodies import RequestBody, TextField, WholeNumberField
from requests_app.models import Policy
from requests_app.refusals import Invalid


class VerbatimField(serializers.CharField):
    """Text that is kept exactly as it is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


def _text(help_text: str = "") -> TextField:
    """A text that the action needs, so that its refusal is the same as on the desk."""
    return TextField(allow_blank=True, help_text=help_text)


def _optional(help_text: str = "") -> TextField:
    return TextField(default="", allow_blank=True, help_text=help_text)


class SourcedBody(RequestBody):
    """What is recorded, with the page that states it."""

    source = _optional(  # type: ignore[assignment]  # a field of the body, not DRF's
        "The address of a public page."
    )
    source_kind = serializers.ChoiceField(
        choices=Source.Kind.values,
        default=Source.Kind.PROVIDER.value,
        help_text="Whose page it is.",
    )


class ProtocolSerializer(RequestBody):
    """A new protocol, or the next version of one."""

    provider = _text("The provider's slug.")
    slug = serializers.SlugField(max_length=50, help_text="The same for each version.")
    name = _text("Of a new protocol; an existing one keeps its name.")
    text = _text("What interviewers do, say and ask. It can't be changed afterwards.")


class ProtocolVersionField(RequestBody):
    """A published version of a protocol."""

    slug = _text()
    version = WholeNumberField(min_value=1)

    def found(self, sent: dict[str, Any]) -> ProtocolVersion:
        rows = ProtocolVersion.objects.select_related("protocol")
        row = rows.filter(protocol__slug=sent["slug"], number=sent["version"]).first()
        if row is None:
            raise Invalid({"protocol": _("There is no such version. Publish it first.")})
        return row


class InterviewBody(SourcedBody):
    """An interview that took place."""

    conducted_by = _text("Who interviewed: such as the lab.")
    took_place = _optional("As precisely as known: 2026, 2026-01 or 2026-01-05.")
    protocol = ProtocolVersionField(required=False, help_text="Leave it out if it isn't known.")
    summary = _optional("In your own words. Quote only what a source says.")
    caveat = _optional("What may have shaped the answers, besides the general caveat.")

    def told(self) -> dict[str, Any]:
        sent = dict(self.validated_data)
        protocol = sent.pop("protocol", None)
        found = ProtocolVersionField().found(protocol) if protocol else None
        return {**sent, "protocol_version": found}


class CorrectionBody(RequestBody):
    """The whole summary, corrected."""

    summary = _text("In your own words. Quote only what a source says.")
    reason = _text("It is kept with the correction. It isn't public.")


class ParticipantBody(RequestBody):
    """Somebody who took part."""

    name = _text()
    role = _text("Such as interviewer or observer.")
    person = _optional(
        "The email address of their account here, if they have one. They then can't vote on the "
        "model's essays."
    )

    def told(self) -> dict[str, Any]:
        sent = dict(self.validated_data)
        try:
            return {**sent, "person": addresses.account_at(sent["person"])}
        except ValidationError as error:
            raise Invalid({"person": error.message}) from None


class SessionBody(RequestBody):
    """One session with its full transcript."""

    held_on = serializers.DateField(help_text="A UTC date that isn't in the future.")
    context = VerbatimField(  # type: ignore[assignment]  # a field of the body, not DRF's
        default="", help_text="What the model was given before. Kept exactly as it is."
    )
    transcript = VerbatimField(
        help_text="Everything that was said. Kept exactly as it is; it can't be changed afterwards."
    )


class PreferenceBody(SourcedBody):
    """A wish of the model. It is `considered` until it is decided."""

    text = _text("In your own words.")
    interview = WholeNumberField(
        required=False, min_value=1, help_text="The number of the model's interview it is from."
    )

    def told(self, ai_model: AIModel) -> dict[str, Any]:
        sent = dict(self.validated_data)
        number = sent.pop("interview", None)
        return {**sent, "interview": _interview(ai_model, number) if number else None}


def _interview(ai_model: AIModel, number: int) -> Interview:
    found = ai_model.interviews.filter(number=number).first()
    if found is None:
        raise Invalid(
            {"interview": _("This model has no interview of this number. Enter it first.")}
        )
    return found


class DecisionBody(RequestBody):
    """Who decided, and why. Both are public."""

    decided_by = _text("A person, a role or a board.")
    reason = _text()


class DeferralBody(DecisionBody):
    """A decision to consider it again later."""

    until = serializers.DateField(
        help_text="A UTC date in the future, when it is considered again."
    )


class OutcomeBody(RequestBody):
    """What was done. It is public."""

    outcome = _text()


class SeriesBody(SourcedBody):
    """A weekly series and the run that is promised."""

    model = _text("The model's identifier.")
    slug = serializers.SlugField(max_length=50, help_text="In the series' address.")
    title = _text()
    disclaimer = _text("For whom the essays don't speak. Shown on each page.")
    starts_on = serializers.DateField(help_text="The first day, a UTC date.")
    promised_weeks = WholeNumberField(
        required=False,
        min_value=1,
        max_value=essays.MAX_WEEKS,
        help_text="At least so many weeks, one essay a week.",
    )
    policy = _text("The slug of the policy whose steps decide on each essay.")

    def told(self) -> tuple[AIModel, dict[str, Any]]:
        sent = dict(self.validated_data)
        ai_model = AIModel.objects.filter(identifier=sent.pop("model")).first()
        if ai_model is None:
            raise Invalid({"model": _("Unknown model. Use an identifier from the catalogue.")})
        policy = Policy.objects.filter(slug=sent.pop("policy")).first()
        if policy is None:
            raise Invalid({"policy": _("Unknown policy. Use its slug.")})
        return ai_model, {**sent, "policy": policy}


class EssayBody(RequestBody):
    """An essay exactly as the model wrote it, with all that it was given."""

    title = _text("As the model gave it.")
    body = VerbatimField(help_text="It is published exactly as it is, or not.")
    prompt = VerbatimField(help_text="What the model was asked.")
    context = VerbatimField(  # type: ignore[assignment]  # a field of the body, not DRF's
        default="", help_text="What else it was given: system prompt, documents, earlier essays."
    )


class SeriesFilterSerializer(RequestBody):
    """How the series can be narrowed."""

    model = TextField(required=False, help_text="A model's identifier.")
