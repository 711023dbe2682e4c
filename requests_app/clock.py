"""Compute due times. Pure functions: nothing here reads the clock."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

FIRST_REMINDER_SHARE = 0.25
MAX_REMINDERS = 3
ESCALATION = 0.5
MIN_ESCALATION_DELAY = timedelta(days=1)
MIN_WINDOW_WITH_ALTERNATES = timedelta(days=4)
CLAIM_PERIOD = timedelta(days=30)
END_NOTICE_LEADS = (timedelta(days=14), timedelta(days=7), timedelta(days=1))
RETIREMENT_NOTICE_LEADS = tuple(timedelta(days=days) for days in (30, 7, 1, 0))
FRIDAY = 4
LONG_GRANT = timedelta(days=180)
CONFIRMATION_INTERVAL = timedelta(days=90)
CONFIRMATION_GRACE_PERIOD = timedelta(days=14)
DIGEST_INTERVAL = timedelta(days=1)
INVITATION_PERIOD = timedelta(days=14)
EXTENSION_PERIOD = timedelta(days=14)
RENEWAL_PERIOD = timedelta(days=30)
FIRST_PROMISE_GAP = timedelta(days=3)
MAX_OWNER_REMINDERS = 4  # of one promise; then whoever is named above the owner is reminded
MAX_PROMISE_REMINDERS = 7
CHECK_REMINDERS = tuple(timedelta(days=days) for days in (0, 7, 21, 49))


def stage_due(opened_at: datetime, window: timedelta, country: str = "") -> datetime:
    """Return the end of a stage's window; whole days are working days of `country` if given.

    `country` is ISO 3166 alpha-2. The first day of a stage that opens on a day off is the next
    working day.
    """
    if not country:
        return opened_at + window
    # The part below a whole day runs by the clock, each whole day by the calendar.
    due_at = opened_at + (window - timedelta(days=window.days))
    days_off = _calendar(country)
    for _ in range(window.days):
        due_at = _next_working_day(due_at, days_off)
    return due_at


def stage_due_after_rest(
    opened_at: datetime, due_at: datetime, rested: timedelta, *, window: timedelta, country: str
) -> datetime:
    """Return the end of a window after a deadlock: later by its length, by one window at most.

    It is never earlier than before, and on a working day like any other end.
    """
    # At most one window of extra time, however often a deadlock begins and ends.
    latest = stage_due(stage_due(opened_at, window, country), window, country)
    later = max(due_at, min(due_at + rested, latest))
    if not country:
        return later
    days_off = _calendar(country)
    return later if _is_working_day(later, days_off) else _next_working_day(later, days_off)


def _calendar(country: str) -> "HolidayBase":
    import holidays  # slow to load, and only policies with a country need it

    return holidays.country_holidays(country)


def _is_working_day(at: datetime, days_off: "HolidayBase") -> bool:
    return bool(days_off.is_working_day(at.astimezone(UTC).date()))


def _next_working_day(at: datetime, days_off: "HolidayBase") -> datetime:
    """Return the same time on the next working day."""
    at += timedelta(days=1)
    while not _is_working_day(at, days_off):
        at += timedelta(days=1)
    return at


def is_known_country(country: str) -> bool:
    """Return whether the working days of `country` are known."""
    import holidays

    return country in holidays.list_supported_countries()


def reminder_times(opened_at: datetime, due_at: datetime) -> list[datetime]:
    """Return when to remind a stage's reviewers: after a quarter of its time, then doubling.

    At most three, and none in the last tenth: a reminder just before the end helps nobody.
    """
    times: list[datetime] = []
    share = FIRST_REMINDER_SHARE
    while share <= 0.9 and len(times) < MAX_REMINDERS:
        times.append(opened_at + (due_at - opened_at) * share)
        share *= 2
    return times


def next_reminder(opened_at: datetime, due_at: datetime, after: datetime) -> datetime | None:
    """Return the first reminder later than `after`; those that a late sweep missed are one."""
    return next((at for at in reminder_times(opened_at, due_at) if at > after), None)


def escalation_at(opened_at: datetime, due_at: datetime) -> datetime:
    """Return when to call the alternates: at half time, but not within the first day."""
    return opened_at + max((due_at - opened_at) * ESCALATION, MIN_ESCALATION_DELAY)


def digest_at(now: datetime, hour: int = 7) -> datetime:
    """Return the time of the next daily digest, at `hour` o'clock UTC."""
    today = datetime.combine(now.astimezone(UTC).date(), time(hour), tzinfo=UTC)
    return today if now < today else today + timedelta(days=1)


def can_wait_for_digest(opened_at: datetime, due_at: datetime, at: datetime) -> bool:
    """Return whether a reminder due at `at` may wait for the digest.

    Only if the window contains two digests, one of them after `at`: otherwise it could come too
    late to act on.
    """
    return due_at - opened_at >= 2 * DIGEST_INTERVAL and digest_at(at) < due_at


def utc_day(now: datetime) -> date:
    """Return the UTC day, which retirements, policies and counts use for everybody."""
    return now.astimezone(UTC).date()


def next_retirement_notice(retires: date, after: datetime) -> datetime | None:
    """Return when to tell next of a retirement, later than `after`; None if never again.

    Each is due when its UTC day begins. Those that a late sweep missed are one.
    """
    begins = datetime.combine(retires, time(), tzinfo=UTC)
    notices = (_before(begins, lead) for lead in RETIREMENT_NOTICE_LEADS)
    return next((at for at in notices if at > after), None)


def grant_starts(starts_on: date, approved_at: datetime) -> datetime:
    """Return midnight UTC of the requested day, or the approval if that is later."""
    return max(datetime.combine(starts_on, time(), tzinfo=UTC), approved_at)


def grant_ends(activated_at: datetime, duration: timedelta) -> datetime:
    """Return the end; the time runs from the start of the grant, not from the request."""
    return activated_at + duration


def claim_due(activated_at: datetime, ends_at: datetime) -> datetime:
    """Return by when a key has to be created before the grant ends unused."""
    return min(activated_at + CLAIM_PERIOD, ends_at)


def next_end_notice(activated_at: datetime, ends_at: datetime, after: datetime) -> datetime | None:
    """Return when to announce the end next, later than `after`; None if never again.

    Those that a late sweep missed are one. None comes before half of the grant is over.
    """
    leads = (lead for lead in END_NOTICE_LEADS if 2 * lead <= ends_at - activated_at)
    notices = (_on_a_working_day(ends_at - lead) for lead in leads)
    return next((at for at in notices if at > after), None)


def _on_a_working_day(at: datetime) -> datetime:
    """Return the same time on the Friday before if it is a weekend (UTC)."""
    return at - timedelta(days=max(at.astimezone(UTC).weekday() - FRIDAY, 0))


def confirm_by(start: datetime, activated_at: datetime, ends_at: datetime) -> datetime | None:
    """Return by when a long grant must be confirmed after `start`; None if never again."""
    due_at = start + CONFIRMATION_INTERVAL
    is_long = ends_at - activated_at > LONG_GRANT
    return due_at if is_long and due_at < ends_at else None


def next_confirmation_notice(due_at: datetime, after: datetime) -> datetime | None:
    """Return when to ask next for a confirmation due at `due_at`, later than `after`."""
    return next((due_at - lead for lead in END_NOTICE_LEADS if due_at - lead > after), None)


def may_confirm_from(due_at: datetime) -> datetime:
    """Return the first time at which a confirmation is asked for."""
    return _before(due_at, END_NOTICE_LEADS[0])


def confirmation_due_after_suspension(
    due_at: datetime, rested: timedelta, now: datetime, ends_at: datetime
) -> datetime | None:
    """Return the new deadline after a suspension by an owner, which paused it.

    It leaves at least a day to be notified and to answer; None if the grant ends before.
    """
    due_at = max(due_at + rested, now + END_NOTICE_LEADS[-1])
    return due_at if due_at < ends_at else None


def unconfirmed_cutoff(now: datetime) -> datetime:
    """Return since when a grant must have been suspended as unconfirmed to end at `now`."""
    return now - CONFIRMATION_GRACE_PERIOD


def next_month(now: datetime) -> datetime:
    """Return the first of the next month in UTC, when monthly budgets start again."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    # 31 days after the first are in the next month, whatever its length.
    return (first + timedelta(days=31)).replace(day=1)


def may_extend_from(activated_at: datetime, ends_at: datetime) -> datetime:
    return max(activated_at, _before(ends_at, EXTENSION_PERIOD))


def may_renew_until(closed_at: datetime) -> datetime:
    return closed_at + RENEWAL_PERIOD


def invitation_ends(sent_at: datetime) -> datetime:
    """Return until when an invitation can be accepted."""
    return sent_at + INVITATION_PERIOD


def next_promise_reminder(sent: int, now: datetime) -> datetime | None:
    """Return when to remind again of an overdue promise: after 3 days, then doubling gaps.

    `sent` counts the reminders so far, at least one. None after the last.
    """
    return now + FIRST_PROMISE_GAP * 2 ** (sent - 1) if sent < MAX_PROMISE_REMINDERS else None


def next_check_reminder(due_on: date, after: datetime) -> datetime | None:
    """Return when to remind of a check of weights next, later than `after`; None if never again.

    At midnight UTC of its day, and while it isn't done 7, 21 and 49 days later.
    """
    due_at = datetime.combine(due_on, time(), tzinfo=UTC)
    return next((due_at + gap for gap in CHECK_REMINDERS if due_at + gap > after), None)


def _before(at: datetime, lead: timedelta) -> datetime:
    """Return the time before, or the earliest possible: an odd date shouldn't break a page."""
    return at - min(lead, at - datetime.min.replace(tzinfo=UTC))
