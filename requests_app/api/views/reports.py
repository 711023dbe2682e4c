"""The view for usage that gateways report in batches."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from requests_app.actions.keys import usage_reports
from requests_app.api.authentication import ServiceTokenAuthentication
from requests_app.api.request_bodies import RequestBody, TextField, WholeNumberField
from requests_app.api.views.base import BaseView
from requests_app.models import ServiceToken, TokenPermission, UsageBatch
from requests_app.refusals import MissingPermission

MAX_TOKENS = 10**12
MILLIONTHS = 1_000_000


class EntrySerializer(RequestBody):
    """Usage of one model by one key on one UTC day, today by default."""

    key = TextField(max_length=24, help_text="Its public ID, `key_…`, from `X-Emeritus-Key`.")
    model = TextField(max_length=100)
    day = serializers.DateField(required=False, help_text="A UTC date. Defaults to today.")
    input_tokens = WholeNumberField(min_value=0, max_value=MAX_TOKENS, default=0)
    output_tokens = WholeNumberField(min_value=0, max_value=MAX_TOKENS, default=0)
    cost_usd = serializers.DecimalField(
        max_digits=13, decimal_places=6, min_value=Decimal(0), default=Decimal(0)
    )


class BatchSerializer(RequestBody):
    """A batch can be sent again with the same ID until it is answered."""

    batch = TextField(max_length=100)
    entries = serializers.ListField(
        child=EntrySerializer(), max_length=usage_reports.MAX_ENTRIES, allow_empty=False
    )


class CanReportUsage(BasePermission):
    """Allows only service tokens with the permission to report."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        token = request.auth
        if (
            not isinstance(token, ServiceToken)
            or TokenPermission.REPORT_USAGE not in token.permissions
        ):
            raise MissingPermission(
                _("This needs a service token with the permission usage.report."),
                needs=TokenPermission.REPORT_USAGE.value,
            )
        return True


class UsageReport(BaseView[UsageBatch]):
    """Returns how many entries were counted, unknown, or refused for an impossible day."""

    schema = None
    is_paced = False  # a gateway that may not report would lose usage
    queryset = UsageBatch.objects.none()
    authentication_classes = (ServiceTokenAuthentication,)
    permission_classes = (IsAuthenticated, CanReportUsage)

    def post(self, request: Request) -> Response:
        assert isinstance(request.auth, ServiceToken)  # MayReport
        sent = self.clean(BatchSerializer).validated_data
        entries = [_entry(entry) for entry in sent["entries"]]
        return Response(usage_reports.report(entries, batch_id=sent["batch"], sender=request.auth))


def _entry(sent: dict[str, Any]) -> usage_reports.UsageEntry:
    return usage_reports.UsageEntry(
        key=sent["key"],
        model=sent["model"],
        day=sent.get("day"),
        input_tokens=sent["input_tokens"],
        output_tokens=sent["output_tokens"],
        cost=int(sent["cost_usd"] * MILLIONTHS),
    )
