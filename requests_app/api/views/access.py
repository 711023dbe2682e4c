"""Views of grants and their keys: list, claim, end, shorten, revoke."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.people.models import User
from requests_app.actions.grants import grants
from requests_app.actions.keys import key_revocation, keys
from requests_app.api import querysets, request_bodies
from requests_app.api.filters import GrantFilter
from requests_app.api.openapi import listed
from requests_app.api.serializers.access import ClaimedKeySerializer, GrantSerializer, KeySerializer
from requests_app.api.views.tagged import TaggedView
from requests_app.models import Grant, Key
from requests_app.rules.waitlist import Waitlist
from requests_app.states import GrantState, KeyState
from requests_app.transitions.locks import lock_grant, lock_key
from requests_app.transitions.people_locks import lock_person


def groups_of(person: User) -> list[int]:
    return sorted(person.groups.values_list("pk", flat=True))


def new_key_response(claimed: keys.ClaimedKey) -> Response:
    """Return the only response with the secret, marked as not to be cached."""
    data = ClaimedKeySerializer(claimed).data
    return Response(data, status=201, headers={"Cache-Control": "no-store"})


class BaseGrantView(TaggedView[Grant]):
    """Grants that the person holds or shares, and those under policies that they own."""

    changes = "grant"
    queryset = Grant.objects.none()
    serializer_class = GrantSerializer

    def get_queryset(self) -> QuerySet[Grant]:
        return querysets.grants_for(self.person)

    def lock_row(self, row: Grant) -> None:
        lock_person(self.person)
        lock_grant(row.pk)

    def tag_parts(self, rows: Sequence[Grant]) -> Sequence[Any]:
        """Add the caller's groups, which decide whose keys they see, and positions in queues."""
        waiting = [row for row in rows if row.state == GrantState.WAITING]
        lines = Waitlist(timezone.now())
        places = [lines.positions_of(grant) for grant in waiting]
        return (*super().tag_parts(rows), groups_of(self.person), places)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "lines": Waitlist(timezone.now())}


class GrantList(BaseGrantView):
    """Grants that you hold or share, and those under policies that you own."""

    filters = GrantFilter
    is_list = True
    tagged_as = "grants"
    changes = ""

    @extend_schema(
        operation_id="grants_list",
        summary="Your grants and those under policies that you own, newest first",
        responses=listed(GrantSerializer),
    )
    def get(self, request: Request) -> Response:
        return self.page()


class GrantDetail(BaseGrantView):
    """Keys are identified by public ID and last four characters."""

    tagged_as = "grant"

    @extend_schema(
        operation_id="grants_retrieve",
        summary="One grant with its keys",
        responses={200: GrantSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.answer()


class KeyMakingMixin:
    """Creates a key, maybe at other gateways too: those calls are outside of any transaction.

    So one process may die between the key and its stored answer. A retry then claims again, which
    is refused with the key that is there, or rotates again, which replaces what nobody received.
    """

    in_one_transaction = False
    answers_with_secret = True

    def made(self, data: Any) -> str:
        return str(data["key"]["id"])


class Claim(KeyMakingMixin, BaseGrantView):
    """The secret isn't stored. If you lose this response, revoke the key and claim another."""

    throttle_scope = "claim"

    @extend_schema(
        operation_id="grants_claim",
        summary="Create your key, shown only in this response",
        request=request_bodies.ClaimSerializer,
        responses={201: ClaimedKeySerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        grant = self.get_object()
        sent = self.clean(request_bodies.ClaimSerializer)
        claimed = keys.claim(grant, by=self.person, **sent.validated_data)
        return new_key_response(claimed)


class End(BaseGrantView):
    """Only the holder can end a grant. It can't be restarted."""

    @extend_schema(
        operation_id="grants_end",
        summary="End your access; its keys stop working immediately",
        request=request_bodies.OptionalReasonSerializer,
        responses={200: GrantSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        grant = self.get_object()
        reason = self.clean(request_bodies.OptionalReasonSerializer).validated_data["reason"]
        return self.idempotent(
            lambda: grants.end(grant, by=self.person, reason=reason), done=(GrantState.ENDED,)
        )


class Shorten(BaseGrantView):
    """For its holder or an owner of its policy. An end date can't be moved later."""

    @extend_schema(
        operation_id="grants_shorten",
        summary="End the grant earlier than approved",
        request=request_bodies.NewEndSerializer,
        responses={200: GrantSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        grant = self.get_object()
        sent = self.clean(request_bodies.NewEndSerializer)
        grants.shorten(grant, by=self.person, **sent.validated_data)
        return self.answer()


class Revoke(BaseGrantView):
    """Its keys stop working immediately, and its holder sees the reason."""

    @extend_schema(
        operation_id="grants_revoke",
        summary="Revoke the grant, as an owner of its policy",
        request=request_bodies.ReasonSerializer,
        responses={200: GrantSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        grant = self.get_object()
        reason = self.clean(request_bodies.ReasonSerializer).validated_data["reason"]
        return self.idempotent(
            lambda: grants.revoke(grant, by=self.person, reason=reason),
            done=(GrantState.REVOKED,),
        )


class BaseKeyView(TaggedView[Key]):
    """Keys under grants that the person holds or whose policies they own."""

    changes = "key"
    queryset = Key.objects.none()
    serializer_class = KeySerializer

    def get_queryset(self) -> QuerySet[Key]:
        return querysets.keys_for(self.person)

    def lock_row(self, row: Key) -> None:
        lock_person(self.person)
        lock_key(row.pk)


class RotateKey(KeyMakingMixin, BaseKeyView):
    """For its holder. The secret isn't stored. If you lose this response, rotate the same key
    again: the successor that you never received is replaced, and works for the overlap at most."""

    throttle_scope = "claim"

    @extend_schema(
        operation_id="keys_rotate",
        summary="Rotate the key; the old one stays valid for the overlap",
        request=request_bodies.RotateSerializer,
        responses={201: ClaimedKeySerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        key = self.get_object()
        sent = self.clean(request_bodies.RotateSerializer).validated_data
        overlap = timedelta(hours=sent["overlap_hours"])
        claimed = keys.rotate(key, by=self.person, overlap=overlap, networks=sent.get("networks"))
        return new_key_response(claimed)


class RevokeKey(BaseKeyView):
    """For its holder or an owner of the policy. The grant continues."""

    @extend_schema(
        operation_id="keys_revoke",
        summary="Revoke the key",
        request=request_bodies.OptionalReasonSerializer,
        responses={200: KeySerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        key = self.get_object()
        reason = self.clean(request_bodies.OptionalReasonSerializer).validated_data["reason"]
        return self.idempotent(
            lambda: key_revocation.revoke(key, by=self.person, reason=reason),
            done=(KeyState.REVOKING, KeyState.REVOKED),
        )
