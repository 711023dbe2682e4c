"""The adapter that adjusts django-allauth's sign-up, sign-in and emails."""

import logging
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lifecycle import mail_message
from lifecycle.mail_transport import FAULTS
from lifecycle.people import languages, profiles
from lifecycle.people.email import addresses
from lifecycle.people.models import User
from lifecycle.people.sign_in import lockout
from lifecycle.people.sign_in.own_paths import is_own_path

log = logging.getLogger(__name__)

# In the session and in the link of the email: where to go once the address is confirmed.
WANTED = "wanted"
NOT_SENT = "mail_not_sent"  # session key: the last email wasn't accepted by the server
SENT = "account/messages/email_confirmation_sent.txt"


def _remember(name: str, holds: bool) -> None:
    """Store it in the session of whoever caused the email, whether or not an account exists."""
    session = getattr(allauth_context.request, "session", None)
    if session is not None and holds != session.get(name, False):
        session[name] = holds


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Lets sign-up and sign-in continue while the mail server is away."""

    error_messages = {  # noqa: RUF012
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("Incorrect email address or password."),
        "incorrect_password": _("Incorrect password."),
        "incorrect_code": _("Incorrect code. Wait for the next one and enter that."),
        "too_many_login_attempts": _(
            "Too many failed attempts. Wait five minutes, then try again."
        ),
        "rate_limited": _("Too many attempts. Wait a minute, then try again."),
    }

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """Take over the browser's language if the person has none, and the reverse."""
        request.session.pop(WANTED, None)  # a later confirmation doesn't lead there again
        response: HttpResponse = super().post_login(request, user, **how)
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if languages.offered(chosen):
            if not user.language:
                profiles.note_language(user, chosen)
        elif user.language:
            languages.remember(response, user.language)
        return response

    def is_safe_url(self, url: str) -> bool:
        return is_own_path(url)

    def respond_email_verification_sent(self, request: HttpRequest, user: User) -> HttpResponse:
        """Keep the wanted page in the session until the address is confirmed."""
        if wanted := self._wanted(request, "next"):
            request.session[WANTED] = wanted
        response: HttpResponse = super().respond_email_verification_sent(request, user)
        return response

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Lead on to the page that was wanted; the link knows it in another browser, too."""
        usual: str = super().get_email_verification_redirect_url(email_address)
        kept = self.request.session.pop(WANTED, "")
        wanted = kept or self._wanted(self.request, WANTED)
        if not wanted or self.request.user.is_authenticated:
            return wanted or usual
        return f"{reverse('account_login')}?{urlencode({'next': wanted})}"

    def _wanted(self, request: HttpRequest, name: str) -> str:
        """Return the page that a request names, if it is one of ours."""
        wanted = request.POST.get(name) or request.GET.get(name, "")
        return wanted if self.is_safe_url(wanted) else ""

    def clean_email(self, email: str) -> str:
        return addresses.cleaned(email)

    def render_mail(
        self,
        template_prefix: str,
        email: str,
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Render subject and both parts from one template, where allauth uses three."""
        mail = mail_message.compose(f"{template_prefix}.html", context, to=email, **(headers or {}))
        mail.subject = self.format_email_subject(mail.subject)
        mail.from_email = self.get_from_email()
        return mail

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        # Paths only: the host of the request is chosen by whoever caused the email.
        links = {name: urlsplit(url).path for name, url in context.items() if name.endswith("_url")}
        if "activate_url" in links and (wanted := self._wanted(self.request, "next")):
            links["activate_url"] += f"?{urlencode({WANTED: wanted})}"
        try:
            super().send_mail(template_prefix, email, {**context, **links})
        except FAULTS as error:
            log.error("An email of %s was not sent: %s", template_prefix, type(error).__name__)
            _remember(NOT_SENT, True)
            # Else the next sign-in would wait for an email that never left.
            ratelimit.clear(self.request, action="confirm_email", key=email.lower())
        else:
            _remember(NOT_SENT, False)

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **more: Any,
    ) -> None:
        """Don't report an email as sent that the mail server didn't accept."""
        if message_template == SENT and request.session.get(NOT_SENT):
            level, message_template = messages.ERROR, "account/messages/mail_not_sent.txt"
        super().add_message(request, level, message_template, *args, **more)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Notify both the old and the new main address of a change."""
        super().send_notification_mail(template_prefix, user, context, email)
        if template_prefix == "account/email/email_changed":
            assert context
            profiles.note_mail_problem(user, "")  # it was about the old address
            super().send_notification_mail(template_prefix, user, context, context["to_email"])

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Answer a lockout after guessed passwords with a page that says how long to wait."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            key = self._get_login_attempts_cache_key(request, **credentials)
            raise ImmediateHttpResponse(lockout.locked(request, "login_failed", key)) from None
