"""Base classes of all API views: authentication, input and responses."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext, gettext_lazy
from django_stubs_ext import StrOrPromise
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lifecycle.people.models import User
from lifecycle.serving.release import release
from requests_app.api.authentication import ServiceTokenAuthentication, SessionCookieAuthentication
from requests_app.api.conventions import conditions, idempotency
from requests_app.api.conventions.pace import Pace
from requests_app.api.filters import ListFilter
from requests_app.api.pagination import QUERY
from requests_app.api.parsers import BodyParser
from requests_app.api.problems import UnknownUrl
from requests_app.api.request_bodies import RequestBody
from requests_app.api.token_permissions import HasSecondFactor, HasTokenPermission
from requests_app.models import ServiceToken
from requests_app.refusals import WrongState
from requests_app.transitions import audit_chain

M = TypeVar("M", bound=Model)
B = TypeVar("B", bound=RequestBody)

DRY_RUN = "dry_run"
UNKNOWN_PARAMETER = gettext_lazy("Unknown parameter.")
SENT_TWICE = gettext_lazy("Send this parameter once.")


class StrictView(APIView):
    """Refuses unknown methods and query parameters first."""

    query: Collection[str] = ()  # the allowed query parameters of a GET
    query_of_change: Collection[str] = ()  # and of other methods, such as DRY_RUN
    is_paced = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Do as DRF does, with `respond` between the permissions and the view's own method."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        self.pace, self.is_dry_run = Pace(self.request), False
        try:
            self.initial(self.request, *args, **kwargs)
            name = str(self.request.method).lower()
            response: Any = self.respond(getattr(self, name, self.http_method_not_allowed))
        except Exception as error:
            response = self.refuse(error)
        if self.is_paced:
            self.pace.add_to(response)
        if self.is_dry_run:
            response.headers["Dry-Run"] = "true"
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        return self.response

    def respond(self, handler: Callable[..., HttpResponse]) -> HttpResponse:
        """Call the view's method. Subclasses put the conventions of all calls around it."""
        if self.request.method not in SAFE_METHODS:
            return handler(self.request, *self.args, **self.kwargs)
        tag = self.tag()
        if tag and conditions.has_it(self.request, tag):
            response = conditions.not_modified()
            response.headers["ETag"] = tag
        else:
            found = self.rendered(handler(self.request, *self.args, **self.kwargs))
            response = conditions.with_tag(self.request, found, tag)
        conditions.let_caches_ask(self.request, response)
        return response

    def tag(self) -> str | None:
        """Return the ETag if it can be told without the answer; else it is of the answer's body."""
        return None

    def refuse(self, error: Exception) -> HttpResponse:
        return self.handle_exception(error)

    def rendered(self, response: HttpResponse) -> HttpResponse:
        """Render what DRF renders last, for whoever needs the body before."""
        if isinstance(response, Response):
            self.finalize_response(self.request, response, *self.args, **self.kwargs)
            response.render()
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before authentication, so that the answer is 405 rather than 401 for everybody.
        if str(request.method) not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        known = self.query if request.method in ("GET", "HEAD") else self.query_of_change
        if wrong := dict(_wrong_query(request.query_params, known)):
            raise ValidationError(wrong)
        self.is_dry_run = DRY_RUN in known and _is_true(request.query_params, DRY_RUN)
        super().initial(request, *args, **kwargs)

    def check_permissions(self, request: Request) -> None:
        """Count the call as soon as it is known whose it is."""
        if self.is_paced:
            self.pace.count_call()
        super().check_permissions(request)


def _wrong_query(
    sent: QueryDict, known: Collection[str]
) -> Iterator[tuple[str, list[StrOrPromise]]]:
    for name in sent:
        if name not in known:
            yield name, [UNKNOWN_PARAMETER]
        elif len(sent.getlist(name)) > 1:
            yield name, [SENT_TWICE]


def is_form(request: Request) -> bool:
    return str(request.content_type).startswith("multipart/")


def _is_true(sent: QueryDict, name: str) -> bool:
    value = sent.get(name, "false")
    if value not in ("true", "false"):
        raise ValidationError({name: [gettext("Send true or false.")]})
    return bool(value == "true")


class BaseView(StrictView, GenericAPIView[M]):
    """A view over the rows the person may see; all others are not found."""

    http_method_names = ["get", "head", "post", "put", "patch"]
    authentication_classes: Sequence[type[BaseAuthentication]] = (
        ServiceTokenAuthentication,
        SessionCookieAuthentication,
    )
    permission_classes: Sequence[type[BasePermission]] = (
        IsAuthenticated,
        HasTokenPermission,
        HasSecondFactor,
    )
    parser_classes = (BodyParser,)
    throttle_scope = ""  # of a POST; one of `throttling.RATE_LIMITS`
    in_one_transaction = True  # the act and its stored answer
    answers_with_secret = False
    keeps_answers = True  # for repeated calls with the same Idempotency-Key
    filters: type[ListFilter] | None = None  # of a list; their names are added to `query`
    lookup_field = "public_id"
    lookup_url_kwarg = "id"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.filters:
            cls.query = (*QUERY, *cls.filters().fields)

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow a list as its parameters say. Raises ValidationError."""
        if self.filters is None or self.request.method not in SAFE_METHODS:
            return queryset
        params = self.request.query_params
        sent = self.filters(data={name: params[name] for name in params if name not in QUERY})
        sent.is_valid(raise_exception=True)
        return sent.narrow(queryset)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Keep details of this call's events from the next call in the same thread."""
        with ExitStack() as self.event_context:
            return super().dispatch(request, *args, **kwargs)

    def respond(self, handler: Callable[..., HttpResponse]) -> HttpResponse:
        if self.is_dry_run:
            return self.undone(handler)
        call = idempotency.call_of(self.request, self.body_sent) if self.keeps_answers else None
        if call is None:
            return self.paced(handler)
        return idempotency.respond_once(
            call, self, lambda: self.rendered(self.paced(handler)), self.refuse
        )

    def undone(self, handler: Callable[..., HttpResponse]) -> HttpResponse:
        """Answer as if it were done. Nothing is stored or sent, no key is used up, none counted."""
        with transaction.atomic():
            response = self.rendered(self.paced(handler))
            transaction.set_rollback(True)
        self.pace.give_back()
        del response.headers["Location"]  # nothing is there
        return response

    def paced(self, handler: Callable[..., HttpResponse]) -> HttpResponse:
        """Count the act unless it comes to nothing; a repeated answer isn't an act."""
        for what in self.throttle_scopes():
            self.pace.take(what)
        return self.pace.only_if_it_succeeds(lambda: super(BaseView, self).respond(handler))

    def throttle_scopes(self) -> Collection[str]:
        """Return which limits this call counts against."""
        return (
            [self.throttle_scope] if self.throttle_scope and self.request.method == "POST" else []
        )

    def body_sent(self) -> bytes:
        """Return what a repeated call has to have in its body."""
        return bytes(self.request._request.body)

    def made(self, data: Any) -> str:
        """Return the ID of what a call with this answer created."""
        return str(data.get("id", "")) if isinstance(data, dict) else ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Name the service token in all events caused by this call."""
        if idempotency.HEADER in request.headers and not is_form(request):
            _ = request._request.body  # kept, since Django looks for a CSRF token in the stream
        super().initial(request, *args, **kwargs)
        if isinstance(request.auth, ServiceToken):
            self.event_context.enter_context(audit_chain.with_details(token=request.auth.public_id))

    @property
    def person(self) -> User:
        assert isinstance(self.request.user, User)  # IsAuthenticated comes first
        return self.request.user

    def clean(self, body: type[B], data: Any = None) -> B:
        """Return the validated body, or that in `data`. Raises DRF's ValidationError."""
        sent = body(data=self.request.data if data is None else data)
        sent.is_valid(raise_exception=True)
        return sent

    def idempotent(self, act: Callable[[], Any], *, done: Collection[str]) -> Response:
        """Answer a repeated call like the first one, whose response may have been lost.

        It is still refused without permission, or if the row has reached another end.
        """
        try:
            act()
        except WrongState:
            if self.get_object().state not in done:  # type: ignore[attr-defined]  # rows with one
                raise
        return self.answer()

    def answer(self, row: M | None = None, **how: Any) -> Response:
        """Return the row as it is now, read again since actions work on their own copy."""
        row = row or self.get_object()
        return Response(self.get_serializer(row).data, **how)

    def page(self) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        response = self.get_paginated_response(self.get_serializer(rows, many=True).data)
        release(rows)
        return response


class NotFoundView(StrictView):
    """Any unknown URL, whatever the method."""

    schema = None
    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise UnknownUrl(gettext("Not found. URLs of this API end with a slash."))
