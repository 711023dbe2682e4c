"""The schedule of Celery beat."""

from typing import Any

SWEEPS = (
    "remind_stages",
    "escalate_stages",
    "recheck_stages",
    "expire_stages",
    "activate_grants",
    "end_grants_without_models",
    "end_grants",
    "end_standing_rules",
    "end_standing_access",
    "lapse_grants",
    "announce_ends",
    "ask_for_confirmations",
    "suspend_unconfirmed_grants",
    "end_unconfirmed_grants",
    "tell_of_retirements",
    "lapse_invitations",
    "remind_of_break_glass",
    "remind_of_preferences",
    "remind_of_weights_checks",
    "remind_of_promises",
    "resume_preferences",
    "retire_keys",
    "resolve_key_creations",
    "push_revocations",
    "verify_keys",
    "notify_leaked_token_owners",
    "notify_expiring_token_owners",
    "sweep_stored_answers",
    "send_notices",
    "send_digests",
)


HOUR = 3600


def schedule(*, sweeps_every: int, reconcile_every: int) -> dict[str, Any]:
    """Return the entries, with intervals in seconds.

    None expires: that would be a time by beat's clock, which may differ from the worker's.
    """
    sweeps = {name: _entry(name, sweeps_every) for name in SWEEPS}
    rare = {"reconcile": reconcile_every, "sweep_files": HOUR}
    return {**sweeps, **{name: _entry(name, every) for name, every in rare.items()}}


def _entry(name: str, every: int) -> dict[str, Any]:
    task = f"requests_app.tasks.{name}"
    return {"task": task, "schedule": every}
