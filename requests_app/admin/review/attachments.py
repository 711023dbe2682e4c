"""The files of a request on the review desk: shown in place, or downloaded. Each look is logged."""

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator

from requests_app.actions.review import read_log
from requests_app.admin.base import person
from requests_app.admin.review.listing.request_list import RequestListAdmin
from requests_app.files import downloads, previews
from requests_app.models import AccessRequest, Attachment


class AttachmentPages(RequestListAdmin):
    """Three addresses for each file of a submitted revision: a page, what it draws, a download."""

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "requests_app_accessrequest"
        file = "<path:object_id>/files/<slug:file>/"
        return [
            path(file, wrap(self.download), name=f"{name}_file"),
            path(f"{file}view/", wrap(self.view_file), name=f"{name}_view_file"),
            path(f"{file}content/", wrap(self.drawn), name=f"{name}_file_content"),
            *super().get_urls(),
        ]

    def download(self, request: HttpRequest, object_id: str, file: str) -> FileResponse:
        return downloads.answer(self._read(request, *self._file(request, object_id, file)))

    def drawn(self, request: HttpRequest, object_id: str, file: str) -> FileResponse:
        """Send a PDF or an image to the frame or the image of its page."""
        access_request, row = self._file(request, object_id, file)
        if row.kind not in downloads.DRAWN:
            raise Http404
        return downloads.drawn(self._read(request, access_request, row))

    @method_decorator(csp_update({"frame-src": [SELF]}))
    def view_file(self, request: HttpRequest, object_id: str, file: str) -> HttpResponse:
        """Show a file on a page of the desk."""
        access_request, row = self._file(request, object_id, file)
        if not row.is_shown_in_place:
            raise Http404
        context: dict[str, Any] = {"title": row.name, "access_request": access_request, "file": row}
        # What the others draw is logged when that is sent.
        if row.is_text:
            context["preview"] = previews.text_of(self._read(request, access_request, row))
        return self.show(request, "accessrequest/file.html", context)

    def _file(
        self, request: HttpRequest, object_id: str, file: str
    ) -> tuple[AccessRequest, Attachment]:
        access_request: AccessRequest = self.load(request, object_id)
        sent = access_request.revisions.exclude(submitted_at=None)
        rows = Attachment.objects.filter(revisions__in=sent).distinct()
        return access_request, get_object_or_404(rows, public_id=file)

    def _read(
        self, request: HttpRequest, access_request: AccessRequest, row: Attachment
    ) -> Attachment:
        """Log that its content was read, before it is."""
        read_log.record_read(access_request, by=person(request), file=row)
        return row
