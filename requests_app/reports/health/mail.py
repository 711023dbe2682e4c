"""Whether the mail server takes email, in its own words."""

from collections.abc import Iterator
from contextlib import suppress
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from lifecycle.mail_transport import FAULTS
from requests_app.reports.health.findings import Finding, ok, one_line, problem, warning

ADVICE = "Correct EMAIL_URL; people can't confirm their addresses without email."
SUBJECT = "Emeritus can send email"
TEXT = "An operator of {site} tested its email with `manage.py doctor` or `first_run`.\n"


def findings(mail_to: str = "") -> Iterator[Finding]:
    """Connect, and send one email if there is an address for it."""
    backend = get_connection()
    yield from _sender() if isinstance(backend, EmailBackend) else [_not_a_server()]
    try:
        if isinstance(backend, EmailBackend):  # opening a mailbox of files would make one
            backend.open()
            yield from _server_says(backend)
        if mail_to:
            yield _sent(backend, mail_to)
    except FAULTS as error:
        yield problem("email", f"{_where(backend)}: {one_line(error)}", ADVICE)
    finally:
        with suppress(*FAULTS):
            backend.close()


def _not_a_server() -> Finding:
    kind = settings.EMAIL_BACKEND.split(".")[-2]
    found, advice = f"Email goes to {kind}, not to people.", "Set EMAIL_URL for real use."
    return ok("email", found) if settings.LOCAL else warning("email", found, advice)


def _sender() -> Iterator[Finding]:
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    if address.endswith("@localhost"):
        yield warning("email", f"The sender is {address}.", "Set FROM_EMAIL, or much is rejected.")


def _server_says(backend: Any) -> Iterator[Finding]:
    server = getattr(backend, "connection", None)
    if server is not None:
        code, text = server.noop()
        yield ok("email", f"{_where(backend)} answers {code} {_decoded(text)}.")


def _sent(backend: Any, mail_to: str) -> Finding:
    answers = _answers_to_data(backend)
    text = TEXT.format(site=settings.SITE_URL)
    message = EmailMessage(SUBJECT, text, to=[mail_to])
    if not backend.send_messages([message]):
        return problem("email", f"No email was sent to {mail_to}.", ADVICE)
    said = f" The server answered {answers[-1]}." if answers else ""
    return ok("email", f"One was sent to {mail_to}.{said}")


def _answers_to_data(backend: Any) -> list[str]:
    """Return a list that gets the server's answer to each message, which smtplib drops."""
    answers: list[str] = []
    server = getattr(backend, "connection", None)
    if server is not None:
        send = server.data

        def data(message: Any) -> tuple[int, bytes]:
            code, text = send(message)
            answers.append(f"{code} {_decoded(text)}")
            return code, text

        server.data = data
    return answers


def _where(backend: Any) -> str:
    if not isinstance(backend, EmailBackend):
        return "Email"
    return f"The mail server at {backend.host}:{backend.port}"


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace").strip().rstrip(".")
