"""Policies, their versions and reviewers, for owners."""

from typing import Any

import yaml
from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.people.models import User
from requests_app.actions import policies
from requests_app.api.serializers.shown import ChoiceField, ReadOnlySerializer
from requests_app.models import Policy, PolicyVersion
from requests_app.policy_files import export
from requests_app.reports.review.members import Member
from requests_app.rules.permissions import why_not
from requests_app.states import VersionState
from requests_app.validation.policy_version import digest, version_input_of, why_not_in_force


class VersionLineSerializer(ReadOnlySerializer[PolicyVersion]):
    """A version of a policy."""

    state = ChoiceField(VersionState)
    author = serializers.CharField(read_only=True)
    published_by = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = PolicyVersion
        fields: tuple[str, ...] = ("number", "state", "author", "published_at", "published_by")


class OwnedPolicyLineSerializer(ReadOnlySerializer[Policy]):
    """A policy that you own."""

    id = serializers.CharField(source="slug", read_only=True)
    owners = serializers.CharField(read_only=True, help_text="The group that owns it.")
    models = serializers.SlugRelatedField[Any](
        source="ai_models", many=True, read_only=True, slug_field="identifier"
    )
    version = serializers.SerializerMethodField(
        help_text="The number of the version in force; null if none is."
    )

    class Meta:
        model = Policy
        fields: tuple[str, ...] = ("id", "name", "owners", "models", "version")

    def get_version(self, policy: Policy) -> int | None:
        published = (each for each in policy.versions.all() if each.published_at)
        return max((each.number for each in published), default=None)


class OwnedPolicySerializer(OwnedPolicyLineSerializer):
    """A policy with its versions."""

    versions = VersionLineSerializer(many=True, read_only=True, help_text="Oldest first.")
    why_not_draft = serializers.SerializerMethodField(
        help_text="Why you can't start a draft; null if you can."
    )

    class Meta(OwnedPolicyLineSerializer.Meta):
        fields = (*OwnedPolicyLineSerializer.Meta.fields, "versions", "why_not_draft")

    def get_why_not_draft(self, policy: Policy) -> str | None:
        person: User = self.context["person"]
        return policies.why_not_start(policy, person)


class FindingSerializer(serializers.Serializer[Any]):
    """Something that a version lacks before it can be in force."""

    field = serializers.CharField(source="0", read_only=True)
    sentence = serializers.CharField(source="1", read_only=True)


class VersionSerializer(VersionLineSerializer):
    """A version with its content."""

    policy = serializers.CharField(source="policy.slug", read_only=True)
    digest = serializers.SerializerMethodField(
        help_text="Of its content. Send it as `If-Match` to change or publish the draft."
    )
    content = serializers.SerializerMethodField(help_text="With the members of a policy file.")
    problems = serializers.SerializerMethodField()
    why_not_edit = serializers.SerializerMethodField(help_text="Null if you can.")
    why_not_publish = serializers.SerializerMethodField(help_text="Null if you can.")
    publish_page = serializers.SerializerMethodField(
        help_text="Where another owner reads and publishes the draft; null once it is published."
    )

    class Meta(VersionLineSerializer.Meta):
        fields = (
            "policy",
            *VersionLineSerializer.Meta.fields,
            "digest",
            "content",
            "problems",
            "why_not_edit",
            "why_not_publish",
            "publish_page",
        )

    def get_digest(self, version: PolicyVersion) -> str:
        return digest(version_input_of(version))

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_content(self, version: PolicyVersion) -> Any:
        return yaml.safe_load(export.write(version))

    @extend_schema_field(FindingSerializer(many=True))
    def get_problems(self, version: PolicyVersion) -> Any:
        findings: Any = list(why_not_in_force(version))
        return FindingSerializer(findings, many=True).data

    def get_why_not_edit(self, version: PolicyVersion) -> str | None:
        return why_not("edit", version, self.context["person"])

    def get_why_not_publish(self, version: PolicyVersion) -> str | None:
        return policies.why_not_publish(version, self.context["person"])

    def get_publish_page(self, version: PolicyVersion) -> str | None:
        if version.state != VersionState.DRAFT:
            return None
        page = reverse("admin:requests_app_policyversion_publish", args=[version.pk])
        return f"{settings.SITE_URL}{page}"


class CapacitySerializer(serializers.Serializer[Any]):
    """How much of a model can be granted at once. Null means no limit."""

    model = serializers.CharField(read_only=True)
    places = serializers.IntegerField(read_only=True, allow_null=True)
    monthly_budget = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="In whole USD per calendar month (UTC)."
    )


class MemberSerializer(serializers.Serializer[Member]):
    """Somebody in a group of reviewers."""

    id = serializers.IntegerField(source="person.pk", read_only=True)
    name = serializers.CharField(source="person", read_only=True)
    institution = serializers.CharField(
        source="person.institution", read_only=True, allow_null=True
    )
    can_review = serializers.BooleanField(
        read_only=True, help_text="Whether their account can open the review desk."
    )
    delegate = serializers.CharField(source="delegation.delegate", read_only=True, allow_null=True)
    has_request = serializers.BooleanField(
        source="asks", read_only=True, help_text="Whether a request of theirs is in review."
    )


class ReviewerGroupSerializer(serializers.Serializer[Any]):
    """A group that decides steps of the policy, or is called for them."""

    id = serializers.IntegerField(source="group.pk", read_only=True)
    name = serializers.CharField(source="group.name", read_only=True)
    steps = serializers.ListField(child=serializers.CharField(), read_only=True)
    members = MemberSerializer(many=True, read_only=True)
    why_not_change = serializers.CharField(
        read_only=True, allow_null=True, help_text="Null if you can add and remove members."
    )
