"""Views of a draft's files: list, attach, download, remove."""

from hashlib import sha256
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from requests_app.actions.requests import files
from requests_app.api import request_bodies
from requests_app.api.openapi import listed
from requests_app.api.pagination import QUERY
from requests_app.api.serializers.revisions import FileSerializer
from requests_app.api.views.base import BaseView
from requests_app.api.views.drafting.bodies import UploadSerializer
from requests_app.files import downloads
from requests_app.models import AccessRequest, Attachment


class BaseFileView(BaseView[Attachment]):
    """Files of the latest text of one's own request."""

    queryset = Attachment.objects.none()
    serializer_class = FileSerializer
    lookup_url_kwarg = "file"

    def access_request(self) -> AccessRequest:
        mine = AccessRequest.objects.of(self.person)
        return get_object_or_404(mine, public_id=self.kwargs["id"])

    def get_queryset(self) -> QuerySet[Attachment]:
        return Attachment.objects.filter(revisions=self.access_request().revision)


class Files(BaseFileView):
    """Files of the latest revision. They can be changed until you send the request for review."""

    query = QUERY
    throttle_scope = "upload"

    def get_parsers(self) -> list[Any]:
        return [MultiPartParser()]

    @extend_schema(
        operation_id="files_list",
        summary="The files of your request, newest first",
        responses=listed(FileSerializer),
    )
    def get(self, request: Request, id: str) -> Response:
        return self.page()

    @extend_schema(
        operation_id="files_attach",
        summary="Attach a file to the draft",
        request={"multipart/form-data": UploadSerializer},
        responses={201: FileSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        access_request = self.access_request()
        sent = self.clean(UploadSerializer).validated_data["file"]
        upload = files.Upload(sent.name, sent.file, sent.chunks())
        row = files.attach(access_request, upload, by=self.person)
        place = reverse("api:file", args=[id, row.public_id])
        return self.answer(row, status=201, headers={"Location": place})

    def body_sent(self) -> bytes:
        """Return a digest of every field, since the boundaries between them differ in each call."""
        found = sha256(repr(sorted(self.request.POST.lists())).encode())
        for name, sent in sorted(self.request.FILES.items()):
            found.update(repr((name, sent.name, sent.size)).encode())
            for piece in sent.chunks():
                found.update(piece)
            sent.seek(0)
        return found.digest()


class File(BaseFileView):
    """A file of any revision of your request, exactly as it was attached."""

    def get_queryset(self) -> QuerySet[Attachment]:
        texts = self.access_request().revisions.all()
        return Attachment.objects.filter(revisions__in=texts).distinct()

    @extend_schema(
        operation_id="files_download",
        summary="Download a file",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, id: str, file: str) -> FileResponse:
        return downloads.answer(self.get_object())


class RemoveFile(BaseFileView):
    """Revisions that were sent keep it. Answers with what was removed."""

    @extend_schema(
        operation_id="files_remove",
        summary="Remove a file from the draft",
        request=None,
        responses={200: FileSerializer},
    )
    def post(self, request: Request, id: str, file: str) -> Response:
        row = self.get_object()
        self.clean(request_bodies.NothingSerializer)
        files.detach(self.access_request(), row.public_id, by=self.person)
        return self.answer(row)
