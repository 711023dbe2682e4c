"""Views with which catalogue editors publish protocols and enter interviews."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.catalogue.models import AIModel, Provider
from lifecycle.voice.models import Interview, Protocol
from requests_app.actions.voice import protocols
from requests_app.actions.voice.second_editor import change
from requests_app.api.serializers.voice import (
    InterviewSerializer,
    ParticipantSerializer,
    PublishedProtocolSerializer,
    SessionSerializer,
)
from requests_app.api.views.base import BaseView
from requests_app.api.views.voice.base import ChangeView, answers
from requests_app.api.voice_bodies import (
    CorrectionBody,
    InterviewBody,
    ParticipantBody,
    ProtocolSerializer,
    SessionBody,
)
from requests_app.refusals import Invalid


class Protocols(BaseView[Protocol]):
    """For catalogue editors. A version is public at once, and never changes."""

    queryset = Protocol.objects.none()
    serializer_class = PublishedProtocolSerializer  # type: ignore[assignment]  # of its version

    @extend_schema(
        operation_id="protocols_publish",
        summary="Publish a version of a protocol of interviews",
        request=ProtocolSerializer,
        responses={201: PublishedProtocolSerializer},
    )
    def post(self, request: Request) -> Response:
        sent = dict(self.clean(ProtocolSerializer).validated_data)
        provider = Provider.objects.filter(slug=sent.pop("provider")).first()
        if provider is None:
            raise Invalid({"provider": _("Unknown provider.")})
        version: Any = protocols.publish(provider, by=self.person, **sent)
        return self.answer(version, status=201)


class ModelInterviews(ChangeView[AIModel]):
    """For catalogue editors. Participants and sessions are added to it next."""

    queryset = AIModel.objects.all()
    serializer_class = InterviewSerializer  # type: ignore[assignment]  # of what is made
    lookup_field = lookup_url_kwarg = "identifier"

    @extend_schema(
        operation_id="models_record_interview",
        summary="Enter an interview of a model",
        request=InterviewBody,
        responses=answers(201, InterviewSerializer),
    )
    def post(self, request: Request, identifier: str) -> Response:
        told = self.clean(InterviewBody).told()
        done = change("record_interview", self.get_object(), by=self.person, **told)
        return self.changed(done, 201)


class BaseInterviewView(ChangeView[Interview]):
    """One interview, by its `id`."""

    queryset = Interview.objects.select_related("ai_model")
    lookup_field = "pk"


class CorrectInterview(BaseInterviewView):
    """For catalogue editors. Transcripts never change."""

    serializer_class = InterviewSerializer

    @extend_schema(
        operation_id="interviews_correct",
        summary="Correct the summary of an interview",
        request=CorrectionBody,
        responses=answers(200, InterviewSerializer),
    )
    def post(self, request: Request, id: int) -> Response:
        interview, told = self.get_object(), self.clean(CorrectionBody).validated_data
        return self.changed(change("correct_summary", interview, by=self.person, **told))


class Participants(BaseInterviewView):
    """For catalogue editors."""

    serializer_class = ParticipantSerializer

    @extend_schema(
        operation_id="interviews_add_participant",
        summary="Name somebody who took part in an interview",
        request=ParticipantBody,
        responses=answers(201, ParticipantSerializer),
    )
    def post(self, request: Request, id: int) -> Response:
        interview, told = self.get_object(), self.clean(ParticipantBody).told()
        return self.changed(change("add_participant", interview, by=self.person, **told), 201)


class Sessions(BaseInterviewView):
    """For catalogue editors. A transcript is kept exactly as it is, and never changes."""

    serializer_class = SessionSerializer  # type: ignore[assignment]  # of what is made

    @extend_schema(
        operation_id="interviews_add_session",
        summary="Add a session with its transcript to an interview",
        request=SessionBody,
        responses=answers(201, SessionSerializer),
    )
    def post(self, request: Request, id: int) -> Response:
        interview, told = self.get_object(), self.clean(SessionBody).validated_data
        return self.changed(change("add_session", interview, by=self.person, **told), 201)
