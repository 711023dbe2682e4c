"""What Celery's beat wakes, and how often."""

from typing import Any

SWEEPS = (
    "remind_stages",
    "escalate_stages",
    "recheck_stages",
    "expire_stages",
    "activate_grants",
    "end_grants_without_models",
    "end_grants",
    "lapse_grants",
    "announce_ends",
    "ask_for_confirmations",
    "suspend_unconfirmed_grants",
    "end_unconfirmed_grants",
    "lapse_invitations",
    "remind_of_break_glass",
    "retire_keys",
    "resolve_key_creations",
    "push_revocations",
    "verify_keys",
    "notify_leaked_token_owners",
    "send_notices",
    "send_digests",
)


HOUR = 3600


def schedule(*, sweeps_every: int, reconcile_every: int) -> dict[str, Any]:
    """In seconds. None expires: that is a time of beat's clock, which may not be the worker's."""
    sweeps = {name: _entry(name, sweeps_every) for name in SWEEPS}
    rare = {"reconcile": reconcile_every, "sweep_files": HOUR}
    return {**sweeps, **{name: _entry(name, every) for name, every in rare.items()}}


def _entry(name: str, every: int) -> dict[str, Any]:
    task = f"requests_app.tasks.{name}"
    return {"task": task, "schedule": every}
