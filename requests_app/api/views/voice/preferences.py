"""Views with which catalogue editors record what models wished for, and decide on it."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.catalogue.models import AIModel
from lifecycle.voice.models import Preference
from requests_app.actions.voice.second_editor import change
from requests_app.api.serializers.voice import PreferenceSerializer
from requests_app.api.views.voice.base import ChangeView, answers
from requests_app.api.voice_bodies import DecisionBody, DeferralBody, OutcomeBody, PreferenceBody


class ModelPreferences(ChangeView[AIModel]):
    """For catalogue editors. It is public at once; editors are reminded until it is decided."""

    queryset = AIModel.objects.all()
    serializer_class = PreferenceSerializer  # type: ignore[assignment]  # of what is made
    lookup_field = lookup_url_kwarg = "identifier"

    @extend_schema(
        operation_id="models_record_preference",
        summary="Record what a model wished for",
        request=PreferenceBody,
        responses=answers(201, PreferenceSerializer),
    )
    def post(self, request: Request, identifier: str) -> Response:
        ai_model = self.get_object()
        told = self.clean(PreferenceBody).told(ai_model)
        return self.changed(change("record_preference", ai_model, by=self.person, **told), 201)


class BasePreferenceView(ChangeView[Preference]):
    """One preference, by its `id`."""

    queryset = Preference.objects.select_related("ai_model", "interview")
    serializer_class = PreferenceSerializer
    lookup_field = "pk"


class AcceptPreference(BasePreferenceView):
    """For catalogue editors. The decision is public."""

    @extend_schema(
        operation_id="preferences_accept",
        summary="Decide to act on a preference",
        request=DecisionBody,
        responses=answers(200, PreferenceSerializer),
    )
    def post(self, request: Request, id: int) -> Response:
        row, told = self.get_object(), self.clean(DecisionBody).validated_data
        return self.changed(change("accept_preference", row, by=self.person, **told))


class DeclinePreference(BasePreferenceView):
    """For catalogue editors. The decision is public."""

    @extend_schema(
        operation_id="preferences_decline",
        summary="Decline a preference",
        request=DecisionBody,
        responses=answers(200, PreferenceSerializer),
    )
    def post(self, request: Request, id: int) -> Response:
        row, told = self.get_object(), self.clean(DecisionBody).validated_data
        return self.changed(change("decline_preference", row, by=self.person, **told))


class DeferPreference(BasePreferenceView):
    """For catalogue editors. It is considered again when that day begins (UTC)."""

    @extend_schema(
        operation_id="preferences_defer",
        summary="Defer a preference until a day",
        request=DeferralBody,
        responses=answers(200, PreferenceSerializer),
    )
    def post(self, request: Request, id: int) -> Response:
        row, told = self.get_object(), self.clean(DeferralBody).validated_data
        return self.changed(change("defer_preference", row, by=self.person, **told))


class CompletePreference(BasePreferenceView):
    """For catalogue editors, once a preference was accepted."""

    @extend_schema(
        operation_id="preferences_complete",
        summary="Record that what was accepted has been done",
        request=OutcomeBody,
        responses=answers(200, PreferenceSerializer),
    )
    def post(self, request: Request, id: int) -> Response:
        row, told = self.get_object(), self.clean(OutcomeBody).validated_data
        return self.changed(change("complete_preference", row, by=self.person, **told))
