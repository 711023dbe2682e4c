"""Draft, edit and publish policy versions, and assign models to policies."""

from collections.abc import Collection, Iterable, Sequence

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.text.normalization import one_line
from requests_app.models import Event, Policy, PolicyStep, PolicyVersion
from requests_app.models.review.policy_input import StepInput, VersionInput
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules import permissions
from requests_app.rules.permissions import check
from requests_app.rules.roles import in_group
from requests_app.states import VersionState
from requests_app.transitions.policy_locks import lock_version
from requests_app.transitions.transition import move, record_event
from requests_app.validation.policy import models_of_other_policies, policy_problems
from requests_app.validation.policy_version import (
    EMPTY_VERSION,
    VersionFinding,
    cleaned,
    digest,
    problems,
    step_columns,
    version_columns,
    version_input_of,
    why_not_in_force,
)

__all__ = ["StepInput", "VersionInput"]

PUBLICATION_ASKED = "policy.publication_asked"
OWNERS_ONLY = "Only the policy's owners can draft a version."


# A policy and its models ------------------------------------------------------------------------


@transaction.atomic
def create(
    slug: str, *, by: User, name: str, owners: Group, ai_models: Sequence[AIModel]
) -> Policy:
    """Create a policy for `ai_models`; it takes effect with its first published version."""
    if not in_group(by, owners.pk):
        raise NotAllowed("Only the policy's owners can create it.")
    name = one_line(name)
    refuse([*policy_problems(slug, name), *models_of_other_policies(_with_policy(ai_models))])
    if Policy.objects.filter(slug=slug).exists():
        raise Invalid({"slug": f"Another policy already uses the short name “{slug}”."})
    policy = Policy.objects.create(slug=slug, name=name, owners=owners)
    policy.ai_models.set(ai_models)
    models = [ai_model.identifier for ai_model in ai_models]
    record_event(policy, "policy.created", by=by, at=timezone.now(), details={"models": models})
    return policy


@transaction.atomic
def assign(policy: Policy, ai_models: Collection[AIModel], *, by: User) -> Policy:
    """Replace the policy's models; new requests for them fall under it at once."""
    policy = Policy.objects.locked(policy.pk)
    if not in_group(by, policy.owners_id):
        raise NotAllowed("Only the policy's owners can change its models.")
    refuse(models_of_other_policies(_with_policy(ai_models), policy))
    before = set(policy.ai_models.values_list("identifier", flat=True))
    after = {ai_model.identifier for ai_model in ai_models}
    if before == after:
        return policy
    policy.ai_models.set(ai_models)
    details = {"added": sorted(after - before), "removed": sorted(before - after)}
    record_event(policy, "policy.models_changed", by=by, at=timezone.now(), details=details)
    return policy


def _with_policy(ai_models: Iterable[AIModel]) -> list[AIModel]:
    """Lock the models, so that two policies can't take one of them at once."""
    rows = AIModel.objects.select_for_update(no_key=True).order_by("pk")
    return list(rows.filter(pk__in=[ai_model.pk for ai_model in ai_models]))


def refuse(findings: Iterable[VersionFinding]) -> None:
    """Raise Invalid with the first sentence for each field; do nothing without findings."""
    errors: dict[str, str] = {}
    for where, sentence in findings:
        errors.setdefault(where, sentence)
    if errors:
        raise Invalid(errors)


# Its versions -----------------------------------------------------------------------------------


@transaction.atomic
def draft(policy: Policy, text: VersionInput, *, by: User) -> PolicyVersion:
    """Create the next version of the policy as a draft."""
    policy, text = _locked_for_writing(policy, by), cleaned(text)
    refuse(problems(text))
    last = _newest(policy)
    number = last.number + 1 if last else 1
    columns = version_columns(text)
    version = PolicyVersion.objects.create(policy=policy, number=number, author=by, **columns)
    _write_steps(version, text, "policy.drafted", by=by)
    return version


@transaction.atomic
def start(policy: Policy, *, by: User, text: VersionInput | None = None) -> PolicyVersion:
    """Create a draft with this text, or that of the newest version.

    Raises WrongState if there is a draft already.
    """
    policy = _locked_for_writing(policy, by)
    last = _newest(policy)
    if sentence := _drafted(last):
        raise WrongState(sentence)
    if text is None:
        text = version_input_of(last) if last else EMPTY_VERSION
    return draft(policy, text, by=by)


def why_not_start(policy: Policy, by: User) -> str | None:
    """Return the sentence that refuses to start a draft; None if it is allowed."""
    if not in_group(by, policy.owners_id):
        return OWNERS_ONLY
    return _drafted(_newest(policy))


def _newest(policy: Policy) -> PolicyVersion | None:
    return policy.versions.order_by("number").last()


def _drafted(last: PolicyVersion | None) -> str | None:
    if last and last.state == VersionState.DRAFT:
        return f"Version {last.number} is already a draft. Edit that one."
    return None


@transaction.atomic
def import_version(
    slug: str,
    text: VersionInput,
    *,
    by: User,
    name: str,
    owners: Group,
    ai_models: Sequence[AIModel],
) -> tuple[PolicyVersion, bool]:
    """Create a draft from an imported text, and the policy if it is new.

    Return the version and whether it was created; an unchanged text returns the newest version.
    """
    policy = Policy.objects.filter(slug=slug).first()
    if policy is None:
        policy = create(slug, by=by, name=name, owners=owners, ai_models=ai_models)
    policy, text = _locked_for_writing(policy, by), cleaned(text)
    last = _newest(policy)
    if last and digest(version_input_of(last)) == digest(text):
        return last, False
    return draft(policy, text, by=by), True


def _locked_for_writing(policy: Policy, by: User) -> Policy:
    policy = Policy.objects.locked(policy.pk)
    if not in_group(by, policy.owners_id):
        raise NotAllowed(OWNERS_ONLY)
    return policy


@transaction.atomic
def edit(version: PolicyVersion, text: VersionInput, *, by: User, shown: str = "") -> PolicyVersion:
    """Change a draft; its last editor is its author, and nobody who edited it can publish it.

    `shown` is the digest of the text they started from, to detect a change by somebody else.
    """
    version = lock_version(version.pk)
    check("edit", version, by)
    _check_shown(version, shown, "What you typed isn't saved yet.")
    text = cleaned(text)
    refuse(problems(text))
    if digest(text) == digest(version_input_of(version)):
        return version  # saving it unchanged makes nobody its author
    for name, value in {**version_columns(text), "author": by}.items():
        setattr(version, name, value)
    version.save()
    version.steps.all().delete()
    _write_steps(version, text, "policy.edited", by=by)
    return version


def _check_shown(version: PolicyVersion, shown: str, advice: str) -> None:
    if shown and shown != digest(version_input_of(version)):
        raise WrongState(f"Someone has changed this draft since you opened it. {advice}")


def _write_steps(version: PolicyVersion, text: VersionInput, kind: str, *, by: User) -> None:
    for position, step in enumerate(text.steps, start=1):
        PolicyStep.objects.create(version=version, position=position, **step_columns(step))
    details = {"steps": [step.name for step in text.steps], "text": digest(text)}
    record_event(version, kind, by=by, at=timezone.now(), details=details)


@transaction.atomic
def publish(version: PolicyVersion, *, by: User, shown: str = "") -> PolicyVersion:
    """Put a version in force for requests submitted from now on; none of its editors may.

    `shown` is the digest of the text that the publisher has read.
    """
    version = lock_version(version.pk)
    now = timezone.now()
    check("publish", version, by)
    if sentence := _overtaken(version):
        raise WrongState(sentence)
    _check_shown(version, shown, "Reload the page.")
    refuse(why_not_in_force(version))
    details = {"text": digest(version_input_of(version))}
    move(version, "publish", by=by, at=now, details=details, published_at=now, published_by=by)
    return version


@transaction.atomic
def ask_to_publish(version: PolicyVersion, *, by: User) -> PolicyVersion:
    """Tell the policy's other owners that the draft can be published; once for each text."""
    version = lock_version(version.pk)
    check("ask_to_publish", version, by)
    details = {"number": version.number, "text": digest(version_input_of(version))}
    asked = Event.objects.filter(policy=version.policy, kind=PUBLICATION_ASKED)
    if asked.filter(details__contains=details).exists():  # beside the call's ID
        raise WrongState("The other owners have been asked to publish this text.")
    record_event(version, PUBLICATION_ASKED, by=by, at=timezone.now(), details=details)
    return version


def why_not_publish(version: PolicyVersion, by: User) -> str | None:
    """Return the sentence that refuses to publish the version; None if it is allowed."""
    sentence = permissions.why_not("publish", version, by) or _overtaken(version)
    return sentence or next((sentence for _, sentence in why_not_in_force(version)), None)


def _overtaken(version: PolicyVersion) -> str | None:
    current = version.policy.current
    if current and current.number > version.number:
        return f"Version {current.number} is already in force. Start a new draft instead."
    return None
