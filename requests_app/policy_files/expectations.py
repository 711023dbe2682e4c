"""What a policy file has to agree with: a stored policy, or none of that name."""

from collections.abc import Iterator

from requests_app.models import Policy
from requests_app.policy_files.policy_file import Expectation, PolicyFile
from requests_app.policy_files.yaml_positions import shortened
from requests_app.validation.policy import models_of_other_policies
from requests_app.validation.policy_version import VersionFinding, undecidable


def of_the_named_policy(file: PolicyFile) -> Iterator[VersionFinding]:
    """Expect a new policy, or what is stored of the one with its short name; ready to publish."""
    yield from undecidable(file.text)
    policy = Policy.objects.filter(slug=file.slug).select_related("owners").first()
    yield from models_of_other_policies(file.ai_models, policy)
    if policy:
        yield from _unlike(policy, file)


def of_a_new_policy(file: PolicyFile) -> Iterator[VersionFinding]:
    """Expect a short name that is free, and say nothing of a policy that has it."""
    yield from models_of_other_policies(file.ai_models)
    if Policy.objects.filter(slug=file.slug).exists():
        yield "slug", f"Another policy already uses the short name “{shortened(file.slug)}”."


def of_policy(policy: Policy) -> Expectation:
    """Expect a version of this policy."""

    def expected(file: PolicyFile) -> Iterator[VersionFinding]:
        if file.slug != policy.slug:
            yield "slug", f"The short name of this policy is “{policy.slug}”."
        else:
            yield from _unlike(policy, file)

    return expected


def _unlike(policy: Policy, file: PolicyFile) -> Iterator[tuple[str, str]]:
    """Yield differences in what isn't versioned and is changed on the policy's page only."""
    if file.name != policy.name:
        yield "name", f"The policy “{policy.slug}” is called “{policy.name}”. Use that name."
    if file.owners != policy.owners:
        yield "owners", f"The policy “{policy.slug}” is owned by {policy.owners}. Use that group."
    here = sorted(policy.ai_models.values_list("identifier", flat=True))
    if sorted(ai_model.identifier for ai_model in file.ai_models) != here:
        listed = ", ".join(here) or "no models"
        yield (
            "models",
            f"The policy covers {listed}. Change that on the review desk first.",
        )
