"""The mailbox: every mail that the demo has sent, to whomever it went."""

from email.utils import parsedate_to_datetime

from csp.decorators import csp, csp_update
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from demo import mails
from demo.mails import StoredMail

PER_PAGE = 50
# No script runs in a mail, and its links open in the whole window.
SANDBOXED = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-same-origin", "allow-top-navigation-by-user-activation"],
}


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """The newest first; `to` leaves those to one address."""
    stored, to = mails.stored(), request.GET.get("to", "")
    addresses = sorted({str(mail.headers["To"]) for mail in stored})
    wanted = [mail for mail in reversed(stored) if to in ("", str(mail.headers["To"]))]
    page = Paginator(wanted, PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"mail": mail, "sent": _sent(mail)} for mail in page]
    told = {"page": page, "rows": rows, "to": to, "addresses": addresses}
    return render(request, "demo/mailbox.html", told)


@require_safe
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]  # it knows no other arguments
def mail(request: HttpRequest, name: str) -> HttpResponse:
    found = _find(name)
    told = {
        "mail": found,
        "sent": _sent(found),
        "short": str(found.headers["To"]).partition("@")[0],
        "text": found.text(),
        "files": _files(found),
    }
    return render(request, "demo/mail.html", told)


@require_safe
@xframe_options_sameorigin
@csp(SANDBOXED)  # type: ignore[arg-type]
def html(request: HttpRequest, name: str) -> HttpResponse:
    """The mail as its reader's program shows it."""
    return HttpResponse(_find(name).text("html").replace("<head>", '<head><base target="_top">', 1))


def _find(name: str) -> StoredMail:
    found = next((mail for mail in mails.stored() if mail.name == name), None)
    if found is None:
        raise Http404
    return found


def _files(mail: StoredMail) -> list[str]:
    """The names of what is attached."""
    return [str(part.get_filename()) for part in mail.message.iter_attachments()]


def _sent(mail: StoredMail) -> object:
    return parsedate_to_datetime(str(mail.headers["Date"]))
