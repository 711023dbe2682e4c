"""Row locks, in one order: person, request or policy, stage, grant, key.

Each returns fresh rows that share one instance of their request, since its chain is written to.
"""

from lifecycle.people.models import User
from requests_app.models import AccessRequest, Grant, Key, PolicyVersion, Stage


def lock_person(person: User) -> User:
    """Two actions of one person wait for each other; rows that only refer to them don't."""
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def lock_request(request_id: int) -> AccessRequest:
    rows = AccessRequest.objects.select_related("requester", "policy_version__policy")
    return rows.locked(request_id)


def lock_stage(stage_id: int) -> Stage:
    access_request = lock_request(
        Stage.objects.values_list("access_request", flat=True).get(pk=stage_id)
    )
    stage = Stage.objects.select_related("step__reviewers", "revision").locked(stage_id)
    stage.access_request = stage.revision.access_request = access_request
    return stage


def lock_grant(grant_id: int) -> Grant:
    access_request = lock_request(
        Grant.objects.values_list("access_request", flat=True).get(pk=grant_id)
    )
    grant = Grant.objects.select_related("holder").locked(grant_id)
    grant.access_request = access_request
    return grant


def lock_key(key_id: int) -> Key:
    grant = lock_grant(Key.objects.values_list("grant", flat=True).get(pk=key_id))
    key = Key.objects.select_related("holder").locked(key_id)
    key.grant = grant
    return key


def lock_version(version_id: int) -> PolicyVersion:
    version = PolicyVersion.objects.select_related("policy").locked(version_id)
    version.policy = type(version.policy).objects.locked(version.policy_id)
    return version
