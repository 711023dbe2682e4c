"""Views that take one's data along, and delete the account: for a person who has just confirmed."""

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from lifecycle.people.sign_in import forms, lockout
from requests_app.actions.endings import account_deletion
from requests_app.api.serializers.account.people import DeletedAccountSerializer
from requests_app.api.views.account.bodies import DeleteAccountBody
from requests_app.api.views.base import BaseView
from requests_app.refusals import Invalid, NeedsRecentSignIn
from requests_app.reports import data_export


class ConfirmedView(BaseView[User]):
    """For a session whose person has just entered their password or shown their second factor."""

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        try:
            reauthentication_required(lambda _request: HttpResponse())(request._request)
        except ReauthenticationRequired:
            page = f"{settings.SITE_URL}{reverse('account_reauthenticate')}"
            sentence = _("Confirm your password or second factor first, then repeat this.")
            raise NeedsRecentSignIn(sentence, page) from None


class Export(ConfirmedView):
    """The same file as on the account page, without secrets."""

    @extend_schema(
        operation_id="me_export",
        summary="Everything that is stored about you",
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> JsonResponse:
        found = {"exported_at": timezone.now(), **data_export.of_person(self.person)}
        return JsonResponse(found, headers={"Cache-Control": "private, no-store"})


class DeleteAccount(ConfirmedView):
    """Ends your access and keys immediately, and your session. It can't be undone."""

    keeps_answers = False  # nothing of the person's is kept, and their session has ended

    @extend_schema(
        operation_id="me_delete",
        summary="Delete your account",
        request=DeleteAccountBody,
        responses={200: DeletedAccountSerializer},
    )
    def post(self, request: Request) -> Response:
        person = self.person
        email = self.clean(DeleteAccountBody).validated_data["email"]
        form = forms.DeleteAccount({"typed": email}, address=person.email)
        if form.errors:
            raise Invalid({"email": str(form.errors["typed"][0])})
        verified = addresses.verified(person)
        ending = account_deletion.delete_account(person, by=person)
        logout(request._request)
        lockout.forget_mails_to(request._request, verified)
        return Response(DeletedAccountSerializer(ending).data)
