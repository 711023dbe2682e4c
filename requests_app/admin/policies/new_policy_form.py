"""The form of a new policy: its names, its models, and a group for each role of its template."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from django import forms
from django.contrib.auth.models import Group

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.text.form_fields import LineField
from requests_app.actions import new_policies, policies
from requests_app.admin.base import ActionForm
from requests_app.admin.policies.builder.step_forms import GroupField, every_group
from requests_app.admin.policies.forms import TAKEN, ModelsField, models_field
from requests_app.models import Policy, PolicyVersion
from requests_app.policy_files.templates import PolicyTemplate
from requests_app.refusals import Invalid, Refusal
from requests_app.rules.roles import owner_groups
from requests_app.validation.policy import MAX_GROUP_NAME_LENGTH, MAX_SLUG_LENGTH
from requests_app.validation.policy_version import MAX_NAME_LENGTH


class Role(NamedTuple):
    """A role of the template on the page: choose a group for it, or name a new one."""

    name: str
    decides: list[str]
    group: forms.BoundField
    new_name: forms.BoundField


class NewPolicyForm(ActionForm):
    """A new policy; with a template also its first draft, and the groups that it needs."""

    name = LineField(max_length=MAX_NAME_LENGTH)
    slug = forms.SlugField(
        label="Short name",
        max_length=MAX_SLUG_LENGTH,
        help_text="Used in files and commands: letters, digits, - and _. Can't be changed later.",
    )
    owners = forms.ModelChoiceField(
        Group.objects.none(), help_text="They write and publish its versions. At least two people."
    )
    ai_models = ModelsField(
        AIModel.objects.none(),
        label="Models",
        required=False,
        error_messages={"invalid_choice": TAKEN},
        help_text="Only models without a policy are listed.",
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, by: User, template: PolicyTemplate | None
    ) -> None:
        super().__init__(data)
        models_field(self).queryset = AIModel.objects.filter(policy_model=None)
        owners = cast(forms.ModelChoiceField[Group], self.fields["owners"])
        owners.queryset = owner_groups(by).order_by("name")
        owners.initial = next(iter(owners.queryset)) if len(owners.queryset) == 1 else None
        self.template = template
        groups = every_group()
        named = {group.name.casefold(): group for group in groups.values()}
        for place, role in enumerate(template.roles if template else ()):
            label = f"Group for “{role}”"
            self.fields[f"group_{place}"] = GroupField(
                required=False,
                label=label,
                empty_label="A new group",
                # A second group of this name would be refused.
                initial=named.get(role.casefold()),
            )
            cast(GroupField, self.fields[f"group_{place}"]).offer(groups)
            self.fields[f"new_{place}"] = LineField(
                required=False,
                max_length=MAX_GROUP_NAME_LENGTH,
                initial=role,
                label="Name of the new group",
            )

    @property
    def roles(self) -> Iterator[Role]:
        for place, role in enumerate(self.template.roles if self.template else ()):
            decides = self.template.steps_of(role) if self.template else []
            yield Role(role, decides, self[f"group_{place}"], self[f"new_{place}"])

    @property
    def chosen(self) -> dict[str, Group]:
        """Return a group for each role; one without a row has the name that was typed."""
        return {
            role.name: self.cleaned_data[role.group.name]
            or Group(name=self.cleaned_data[role.new_name.name])
            for role in self.roles
        }

    def save(self, *, by: User) -> Policy | PolicyVersion:
        cleaned = {name: self.cleaned_data[name] for name in NewPolicyForm.base_fields}
        cleaned["ai_models"] = list(cleaned["ai_models"])
        slug = cleaned.pop("slug")
        if self.template is None:
            return policies.create(slug, by=by, **cleaned)
        return new_policies.begin(slug, self.template.text(self.chosen), by=by, **cleaned)

    def refuse(self, refusal: Refusal) -> None:
        """Show what is wrong with a group at the role that it is for."""
        errors = dict(refusal.errors) if isinstance(refusal, Invalid) else {}
        for where, sentence in errors.items():
            self.add_error(self._field_at(where), sentence)
        if not errors:
            super().refuse(refusal)

    def _field_at(self, where: str) -> str | None:
        kind, _, rest = where.partition(".")
        if kind == "groups":
            typed = self.cleaned_data
            named = (role for role in self.roles if typed.get(role.new_name.name) == rest)
            return next((role.new_name.name for role in named), None)
        if kind == "steps" and self.template:
            position, _, column = rest.partition(".")
            group = getattr(self.template.draft.steps[int(position) - 1], column, None)
            named = (role for role in self.roles if group and role.name == group.name)
            return next((role.group.name for role in named), None)
        return where if where in self.fields else None
