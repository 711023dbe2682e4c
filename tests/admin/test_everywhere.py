"""What holds for every admin of ours: rows are looked at, never added, edited or deleted."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from lifecycle.people.models import User
from lifecycle.voice.models import (
    EssaySeries,
    Interview,
    InterviewParticipant,
    InterviewSession,
    Preference,
    Protocol,
    ProtocolVersion,
)
from requests_app.models import (
    AccessRequest,
    AddedReviewer,
    Attachment,
    Capacity,
    Collaborator,
    Colleague,
    Demand,
    Event,
    Follow,
    Grant,
    GrantedModel,
    InstitutionMerge,
    Invitation,
    Key,
    KeyActivity,
    Narrowing,
    Notice,
    Policy,
    PolicyEditor,
    PolicyModel,
    PolicyStep,
    ReadLogEntry,
    Reconciliation,
    RequestedModel,
    RequestInstitution,
    RetirementWatch,
    ReviewerInvitation,
    Revision,
    SeriesPolicy,
    Stage,
    StandingMember,
    StoredAnswer,
    Usage,
    UsageBatch,
    Vote,
)
from tests.support.desk_client import signed_in

pytestmark = pytest.mark.django_db

# Seen on the pages of the others.
NOT_REGISTERED = {
    AddedReviewer, Attachment, Capacity, Collaborator, Colleague, Demand, Event, Follow,
    GrantedModel,
    InstitutionMerge, InterviewParticipant,
    InterviewSession, Invitation, Key,
    KeyActivity, Narrowing, Notice, PolicyEditor, PolicyModel, PolicyStep, ProtocolVersion,
    ReadLogEntry,
    Reconciliation, RequestInstitution, RequestedModel, RetirementWatch,
    ReviewerInvitation, Revision,
    SeriesPolicy, Stage,
    StandingMember, StoredAnswer, Usage,
    UsageBatch, Vote,
}  # fmt: skip
ADDED_THROUGH_AN_ACTION = {EssaySeries, Interview, Policy, Preference, Protocol}
OURS = [
    (model, admin.site._registry[model])
    for app in ("requests_app", "voice")
    for model in apps.get_app_config(app).get_models()
    if model in admin.site._registry
]


def test_every_table_is_on_the_desk_or_known_not_to_be() -> None:
    apps_of_ours = map(apps.get_app_config, ("requests_app", "voice"))
    ours = {model for each in apps_of_ours for model in each.get_models()}
    assert ours - NOT_REGISTERED == {model for model, _ in OURS}


@pytest.mark.parametrize(("model", "desk"), OURS)
def test_nobody_adds_changes_or_deletes_rows(model: Any, desk: Any, ada: User) -> None:
    request = RequestFactory().get("/")
    request.user = ada
    assert desk.actions is None
    assert not desk.get_actions(request)
    assert not desk.list_editable
    assert not desk.has_change_permission(request)
    assert not desk.has_delete_permission(request)
    assert desk.has_add_permission(request) <= (model in ADDED_THROUGH_AN_ACTION)


@pytest.mark.parametrize(("model", "desk"), OURS)
def test_crafted_posts_to_the_admins_own_views_change_nothing(
    model: Any, desk: Any, ada: User, in_review: AccessRequest, grant: Grant
) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    row = model.objects.first()
    before = list(model.objects.order_by("pk").values())
    client = signed_in(ada)
    client.post(reverse(f"{name}_add"), {"state": "approved"})
    bulk = {"action": "delete_selected", "_selected_action": "1", "post": "yes"}
    client.post(reverse(f"{name}_changelist"), bulk)
    if row:
        client.post(reverse(f"{name}_change", args=[row.pk]), {"state": "approved", "_save": "1"})
        client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"})
    assert list(model.objects.order_by("pk").values()) == before


def test_every_address_of_the_desk_wants_staff(alice: User) -> None:
    patterns = [p for _, desk in OURS for p in desk.get_urls()]
    for name, places in {p.name: len(p.pattern.converters) for p in patterns if p.name}.items():
        address = reverse(f"admin:{name}", args=[1] * places)
        assert signed_in(alice).get(address).status_code == 302, address
        assert signed_in(alice).post(address).status_code == 302, address


def test_a_page_that_is_refused_leads_back_to_the_desk(rita: User, eve: User) -> None:
    way = '<li><a href="/admin/">Review desk</a></li>'
    desk = signed_in(rita).get("/admin/people/user/").content.decode()
    assert desk.count(way) == 2  # in the menu and below
    refused = signed_in(rita).get(f"/admin/requests_app/bulkrevocation/person/{eve.pk}/")
    assert (refused.status_code, refused.content.decode().count(way)) == (403, 2)
    assert signed_in(rita).get("/nowhere/").content.decode().count(way) == 1
