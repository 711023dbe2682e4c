"""Views that end access for good: bulk revocations with preview and receipt, and withdrawals."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.catalogue.models import AIModel
from lifecycle.people.email.normalization import comparable_address
from lifecycle.people.models import Institution, User
from lifecycle.text.normalization import comparable
from requests_app.actions.endings import bulk_revocation
from requests_app.actions.grants import model_withdrawal
from requests_app.api.openapi import listed, refused
from requests_app.api.pagination import QUERY
from requests_app.api.serializers.desk.endings import (
    RevocationLineSerializer,
    RevocationPreviewSerializer,
    RevocationReceiptSerializer,
    WithdrawalPreviewSerializer,
)
from requests_app.api.serializers.desk.policies import OwnedPolicySerializer
from requests_app.api.views.base import DRY_RUN
from requests_app.api.views.desk.base import DecidedAboutMixin, DeskView
from requests_app.api.views.desk.bodies import (
    RevokeAllSerializer,
    SubjectSerializer,
    WithdrawalBodySerializer,
    WithdrawnModelSerializer,
)
from requests_app.api.views.desk.policies import BasePolicyView
from requests_app.models import BulkRevocation, Policy
from requests_app.refusals import Invalid, NotAllowed
from requests_app.reports import receipts
from requests_app.rules import watchers
from requests_app.rules.permissions import check_superuser
from requests_app.transitions import affected
from requests_app.transitions.affected import Affected, RevocationSubject, affected_by

Kind = BulkRevocation.Kind
FOUND: Mapping[str, Callable[[str], QuerySet[Any]]] = {
    Kind.PERSON: lambda sent: User.objects.filter(email=comparable_address(sent)),
    Kind.INSTITUTION: lambda sent: Institution.objects.filter(comparable_name=comparable(sent)),
    Kind.POLICY: lambda sent: Policy.objects.filter(slug=sent),
    Kind.MODEL: lambda sent: AIModel.objects.filter(identifier=sent),
}


class BaseRevocationView(DeskView[BulkRevocation]):
    """Those by the person, and those that ended something under their policies."""

    queryset = BulkRevocation.objects.none()
    serializer_class = RevocationLineSerializer

    def get_queryset(self) -> QuerySet[BulkRevocation]:
        rows = BulkRevocation.objects.select_related("by", "policy")
        if self.person.is_superuser:
            return rows
        return rows.filter(by=self.person) | rows.filter(receipts.of_owner(self.person))

    def subject_of(self, sent: Mapping[str, str]) -> RevocationSubject:
        """Return what all access would be revoked under. Raises NotAllowed or Invalid."""
        if sent["kind"] != Kind.POLICY:
            check_superuser(self.person)  # before anything is said of who or what there is
        found: RevocationSubject | None = FOUND[sent["kind"]](sent["subject"]).first()
        if found is None:
            raise Invalid({"subject": _("Nothing is known by this name.")})
        if sentence := bulk_revocation.why_not_revoke_all(found, self.person):
            raise NotAllowed(sentence)
        if isinstance(found, Institution):
            bulk_revocation.check_standing(found)
        return found

    def receipt(self, ending: BulkRevocation, **how: Any) -> Response:
        shown = {"ending": ending, **receipts.shown_to(self.person, ending)}
        return Response(RevocationReceiptSerializer(shown).data, **how)


def previewed(below: Affected, **changed: int) -> dict[str, Any]:
    return {
        "extent": below.extent(),
        "people": below.people.count(),
        "kept_requests": below.kept_requests.count(),
        **changed,
    }


class RevocationPreview(DecidedAboutMixin, BaseRevocationView):
    """For superusers; owners preview what would end under their policy."""

    query = tuple(SubjectSerializer().fields)

    def read(self) -> tuple[str, Any]:
        sent = self.clean(SubjectSerializer, self.request.query_params.dict()).validated_data
        preview = previewed(affected_by(self.subject_of(sent)))
        return preview["extent"].digest, RevocationPreviewSerializer(preview).data

    @extend_schema(
        operation_id="revocations_preview",
        summary="What would end if all access under somebody or something were revoked",
        parameters=[SubjectSerializer],
        responses={200: RevocationPreviewSerializer, **refused(409, 422)},
    )
    def get(self, request: Request) -> Response:
        return self.answer_shown()


class Revocations(BaseRevocationView):
    """It can't be undone. A person's account is closed, and a model is withdrawn."""

    query = QUERY
    query_of_change = (DRY_RUN,)
    changes = "revocation"
    needs_if_match = True

    @extend_schema(
        operation_id="revocations_list",
        summary="Bulk revocations by you and under your policies, newest first",
        responses=listed(RevocationLineSerializer),
    )
    def get(self, request: Request) -> Response:
        return self.page()

    @extend_schema(
        operation_id="revocations_create",
        summary="Revoke all access under a person, an institution, a policy or a model",
        request=RevokeAllSerializer,
        responses={201: RevocationReceiptSerializer},
    )
    def post(self, request: Request) -> Response:
        sent = self.clean(RevokeAllSerializer).validated_data
        subject = self.subject_of(sent)
        digest = affected_by(subject).extent().digest
        self.check_digest(digest)
        made = bulk_revocation.revoke_everything(
            subject, by=self.person, reason=sent["reason"], shown=digest
        )
        place = reverse("api:revocation", args=[made.public_id])
        return self.receipt(made, status=201, headers={"Location": place})


class Revocation(BaseRevocationView):
    """Every key is refused from `refused_from` on."""

    @extend_schema(
        operation_id="revocations_retrieve",
        summary="The receipt of a bulk revocation",
        responses={200: RevocationReceiptSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.receipt(self.get_object())


class Withdrawal(DecidedAboutMixin, BasePolicyView):
    """For superusers. It can't be undone: no key can use the model from then on."""

    query = tuple(WithdrawnModelSerializer().fields)
    query_of_change = (DRY_RUN,)
    changes = "withdrawal"
    needs_if_match = True

    def read(self) -> tuple[str, Any]:
        sent = self.clean(WithdrawnModelSerializer, self.request.query_params.dict())
        ai_model = self.model_of(self.get_object(), sent.validated_data["model"])
        preview = self.preview_of(ai_model)
        return preview["extent"].digest, WithdrawalPreviewSerializer(preview).data

    @extend_schema(
        operation_id="policies_withdrawal_preview",
        summary="What would lose a model if it were withdrawn",
        parameters=[WithdrawnModelSerializer],
        responses={200: WithdrawalPreviewSerializer, **refused(409, 422)},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.answer_shown()

    @extend_schema(
        operation_id="policies_withdraw_model",
        summary="Withdraw a model of the policy",
        request=WithdrawalBodySerializer,
        responses={200: OwnedPolicySerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        policy, sent = self.get_object(), dict(self.clean(WithdrawalBodySerializer).validated_data)
        ai_model = self.model_of(policy, sent.pop("model"))
        self.check_digest(self.preview_of(ai_model)["extent"].digest)
        model_withdrawal.withdraw(policy, ai_model, by=self.person, **sent)
        return self.answer()

    def model_of(self, policy: Policy, identifier: str) -> AIModel:
        """Return the model. Raises the refusal of its withdrawal by this person."""
        check_superuser(self.person)
        ai_model = policy.ai_models.filter(identifier=identifier).first()
        if ai_model is None:
            raise Invalid({"model": _("The policy doesn't cover this model.")})
        model_withdrawal.check(policy, ai_model, self.person)
        return ai_model

    def preview_of(self, ai_model: AIModel) -> dict[str, Any]:
        """Return what the page of the desk counts: only this model is lost, so requests stay."""
        return previewed(
            affected.of_grants(watchers.grants_of(ai_model)),
            people=watchers.users_of(ai_model).count(),
            kept_requests=watchers.requests_of(ai_model).count(),
        )
