"""Due times: pure functions from times to times. Nothing here reads the clock."""

from datetime import UTC, date, datetime, time, timedelta

FIRST_REMINDER = 0.25
MOST_REMINDERS = 3
CLAIM_WITHIN = timedelta(days=30)


def stage_due(opened_at: datetime, window: timedelta) -> datetime:
    return opened_at + window


def reminders(opened_at: datetime, window: timedelta) -> list[datetime]:
    """When the reviewers of a stage are reminded: at a quarter of the window, then doubling.

    At most three, and none in the last tenth: a reminder seconds before the end helps nobody.
    """
    times: list[datetime] = []
    share = FIRST_REMINDER
    while share <= 0.9 and len(times) < MOST_REMINDERS:
        times.append(opened_at + window * share)
        share *= 2
    return times


def next_reminder(opened_at: datetime, window: timedelta, after: datetime) -> datetime | None:
    """The first reminder later than `after`; those that a late sweep missed are one."""
    return next((at for at in reminders(opened_at, window) if at > after), None)


def grant_starts(starts_on: date, approved_at: datetime) -> datetime:
    """The day asked for, from midnight UTC, or the approval when that is later."""
    return max(datetime.combine(starts_on, time(), tzinfo=UTC), approved_at)


def grant_ends(activated_at: datetime, duration: timedelta) -> datetime:
    """The clock starts when the grant becomes active, not when it was asked for."""
    return activated_at + duration


def claim_due(activated_at: datetime, ends_at: datetime) -> datetime:
    """Until when a key must be claimed before the grant lapses."""
    return min(activated_at + CLAIM_WITHIN, ends_at)
