"""The form of request bodies of reviewers, policy owners and operators."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import TextChoices
from rest_framework import serializers

from requests_app.api.request_bodies import RequestBody, TextField, WholeNumberField
from requests_app.models import BreakGlass, BulkRevocation, DenialReason, Scope, UsageLimits
from requests_app.policy_files.policy_file import MAX_LENGTH

MAX_DAYS = 10_000
MAX_ID = 2**31 - 1


class ChosenField(serializers.ChoiceField):
    """A value of a list, described by the list's name."""

    # drf-spectacular is told that its schema is the one of answers with this list.
    _spectacular_annotation: ClassVar = {"suppress_collision_warning": True}

    def __init__(self, table: type[TextChoices], **kwargs: Any) -> None:
        super().__init__(choices=table.choices, **kwargs)
        self.table = table


class DecisionSerializer(RequestBody):
    """The reason, which is kept with the decision."""

    reason = TextField(allow_blank=True, help_text="At most 5,000 characters.")


class LowerLimitsSerializer(RequestBody):
    """Limits to lower, or to set where there are none."""

    def get_fields(self) -> dict[str, Any]:
        return {
            each.name: WholeNumberField(required=False, min_value=1) for each in fields(UsageLimits)
        }


class NarrowerScopeSerializer(RequestBody):
    """What to grant instead of the whole `scope`. What you leave out stays as it is."""

    models = serializers.ListField(child=TextField(), max_length=100, required=False)
    operations = serializers.ListField(child=TextField(), max_length=100, required=False)
    days = WholeNumberField(required=False, min_value=1, max_value=MAX_DAYS)
    limits = LowerLimitsSerializer(required=False)


class ApprovalSerializer(DecisionSerializer):
    """An approval of what was requested, or of less."""

    narrowed_to = NarrowerScopeSerializer(
        required=False, help_text="Only to grant less: never more than the `scope`."
    )

    def narrowed(self, scope: Scope) -> Scope | None:
        """Return what remains of the scope; None if all of it does. The action compares both."""
        sent: dict[str, Any] = self.validated_data.get("narrowed_to") or {}
        days = sent.get("days", scope.duration.days)
        same_days = days == scope.duration.days
        narrowed = replace(
            scope,
            identifiers=_in_order(sent.get("models"), scope.identifiers),
            operations=_in_order(sent.get("operations"), scope.operations),
            duration=scope.duration if same_days else timedelta(days=days),
            limits=replace(scope.limits, **sent.get("limits", {})),
        )
        return None if narrowed == scope else narrowed


def _in_order(sent: list[str] | None, offered: tuple[str, ...]) -> tuple[str, ...]:
    """Return what was sent in the order of what is there, since order makes no other scope."""
    if sent is None:
        return offered
    return (*(one for one in offered if one in sent), *(one for one in sent if one not in offered))


class DeclineSerializer(DecisionSerializer):
    """A decline; the requester reads the reason."""

    denial = ChosenField(DenialReason, help_text="The reason from the list.")


class CommentBodySerializer(RequestBody):
    """A comment, which stays with the request and can't be changed."""

    text = TextField(allow_blank=True, help_text="At most 5,000 characters.")
    shown_to_requester = serializers.BooleanField(
        default=False,
        help_text="Whether the requester and their collaborators read it too, without your name.",
    )


class AwaySerializer(RequestBody):
    """Until when somebody else decides for you, and who."""

    to = WholeNumberField(min_value=1, max_value=MAX_ID, help_text="From `me/delegates/`.")
    until = serializers.DateTimeField(help_text="UTC if no offset is given.")
    reason = TextField(default="", allow_blank=True, help_text="At most 200 characters.")


class DelegationBodySerializer(RequestBody):
    """Who may decide in your place, and when."""

    to = WholeNumberField(min_value=1, max_value=MAX_ID, help_text="From `me/delegates/`.")
    starts_at = serializers.DateTimeField(required=False, help_text="Now if omitted.")
    ends_at = serializers.DateTimeField(help_text="UTC if no offset is given.")
    takes_open = serializers.BooleanField(
        default=False, help_text="Whether it includes steps that are open at its start."
    )
    reason = TextField(default="", allow_blank=True, help_text="At most 200 characters.")


class RemindersSerializer(RequestBody):
    """How reminders come."""

    daily_digest = serializers.BooleanField(
        help_text="One email a day, rather than one for each reminder."
    )


class ReassignSerializer(RequestBody):
    """Whose seat, who decides in it, and why."""

    seat = WholeNumberField(min_value=1, max_value=MAX_ID, help_text="One of `free`.")
    to = WholeNumberField(min_value=1, max_value=MAX_ID, help_text="One of `candidates`.")
    reason = TextField(
        allow_blank=True, help_text="Both reviewers read it. At most 200 characters."
    )


class PolicyFileSerializer(RequestBody):
    """A policy as YAML, which may be JSON. The same as a body of `application/yaml`."""

    file = TextField(max_length=MAX_LENGTH, trim_whitespace=False)


class DraftSerializer(RequestBody):
    """The draft's text; that of the newest version if you leave it out."""

    file = TextField(max_length=MAX_LENGTH, trim_whitespace=False, required=False)


class ModelsSerializer(RequestBody):
    """All models of the policy, by identifier."""

    models = serializers.ListField(child=TextField(max_length=100), max_length=1000)


class CapacityBodySerializer(RequestBody):
    """The capacity of one model under the policy. Null means no limit."""

    model = TextField(max_length=100)
    places = WholeNumberField(allow_null=True, help_text="Grants that can be active at once.")
    monthly_budget = WholeNumberField(
        allow_null=True, help_text="In whole USD per calendar month (UTC)."
    )


class NewReviewerSerializer(RequestBody):
    """Somebody to add, by an address that they have confirmed."""

    email = TextField(max_length=254)


class FormerReviewerSerializer(RequestBody):
    """Somebody to remove."""

    id = WholeNumberField(min_value=1, max_value=MAX_ID, help_text="Of a member of the group.")


class VerdictSerializer(DecisionSerializer):
    """Whether an emergency grant was justified, and why."""

    verdict = ChosenField(BreakGlass.Verdict, help_text="`not_in_order` ends the access.")


class SubjectSerializer(RequestBody):
    """Under whom or what all access would be revoked."""

    kind = ChosenField(BulkRevocation.Kind)
    subject = TextField(
        max_length=300,
        help_text="A person's email address, an institution's name, a policy's or model's ID.",
    )


class RevokeAllSerializer(SubjectSerializer):
    """What to revoke, and why."""

    reason = TextField(allow_blank=True, help_text="Everyone who loses access reads it.")


class WithdrawnModelSerializer(RequestBody):
    """A model of the policy."""

    model = TextField(max_length=100)


class WithdrawalBodySerializer(WithdrawnModelSerializer):
    """Which model to withdraw, why and from when."""

    reason = TextField(allow_blank=True, help_text="Everyone who uses the model reads it.")
    at = serializers.DateTimeField(required=False, help_text="Immediately if omitted.")
