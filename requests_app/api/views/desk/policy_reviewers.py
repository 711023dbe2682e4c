"""Views of the groups that decide under a policy, for its owners."""

from typing import Any

from django.contrib.auth.models import Group
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycle.people.email import addresses
from lifecycle.people.models import User
from requests_app.actions.review import desk_members
from requests_app.api.serializers.desk.policies import ReviewerGroupSerializer
from requests_app.api.views.desk.bodies import FormerReviewerSerializer, NewReviewerSerializer
from requests_app.api.views.desk.policies import BasePolicyView
from requests_app.models import Policy
from requests_app.refusals import Invalid
from requests_app.reports.review import members
from requests_app.rules.desk.reviewer_groups import ReviewerGroups


class BaseReviewersView(BasePolicyView):
    """The groups that steps of the version in force, or of a draft after it, name."""

    pagination_class = None

    def groups(self, policy: Policy) -> Response:
        steps = members.steps_in_use(policy)
        groups = members.groups_named_by(steps)
        people, rules = members.Members(policy, groups, timezone.now()), ReviewerGroups(groups)
        rows: Any = [
            {
                "group": group,
                "steps": members.step_names(steps, group),
                "members": people.of(group),
                "why_not_change": rules.why_not_change(group, self.person),
            }
            for group in groups
        ]
        return Response(ReviewerGroupSerializer(rows, many=True).data)

    def named(self, policy: Policy) -> Group:
        found = members.named_group(policy, self.kwargs["group"])
        if found is None:
            raise Http404
        return found


class Reviewers(BaseReviewersView):
    """In the order of the steps."""

    @extend_schema(
        operation_id="policies_reviewers",
        summary="The groups that decide under the policy, with their members",
        responses={200: ReviewerGroupSerializer(many=True)},
    )
    def get(self, request: Request, id: str) -> Response:
        return self.groups(self.get_object())


class AddReviewer(BaseReviewersView):
    """They can open the review desk from then on. A second time changes nothing."""

    @extend_schema(
        operation_id="policies_add_reviewer",
        summary="Add somebody to a group of reviewers",
        request=NewReviewerSerializer,
        responses={200: ReviewerGroupSerializer(many=True)},
    )
    def post(self, request: Request, id: str, group: int) -> Response:
        policy = self.get_object()
        named, sent = self.named(policy), self.clean(NewReviewerSerializer).validated_data
        someone = addresses.person_at(sent["email"])
        if someone is None:
            raise Invalid({"email": desk_members.NOT_CONFIRMED})
        desk_members.add(named, someone, by=self.person)
        return self.groups(policy)


class RemoveReviewer(BaseReviewersView):
    """What they have decided stays. A second time changes nothing."""

    @extend_schema(
        operation_id="policies_remove_reviewer",
        summary="Take somebody out of a group of reviewers",
        request=FormerReviewerSerializer,
        responses={200: ReviewerGroupSerializer(many=True)},
    )
    def post(self, request: Request, id: str, group: int) -> Response:
        policy = self.get_object()
        named, sent = self.named(policy), self.clean(FormerReviewerSerializer).validated_data
        if someone := User.objects.filter(pk=sent["id"]).first():
            desk_members.remove(named, someone, by=self.person)
        return self.groups(policy)
