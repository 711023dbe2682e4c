"""Refusals: exceptions with a sentence for the user, raised by actions."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from lifecycle.serving import problem_types


class Refusal(Exception):
    """A refused action; `sentence` is shown on the page and in the API."""

    slug = "refused"
    status = 400
    title: StrOrPromise = gettext_lazy("Refused")
    advice: StrOrPromise = ""
    do_not_call_in_templates = True  # a page lists these classes, which are callable

    def __init__(self, sentence: StrOrPromise) -> None:
        super().__init__(str(sentence))
        self.sentence = str(sentence)

    @property
    def members(self) -> dict[str, Any]:
        """More members of the problem, for programs."""
        return {}


class NotAllowed(Refusal):
    slug = "not-allowed"
    status = 403
    title = gettext_lazy("Not allowed")
    advice = gettext_lazy("Someone else has to do this. The response says who.")


class MissingPermission(NotAllowed):
    """A service token without the permission that this call `needs`."""

    slug = "missing-permission"
    title = gettext_lazy("Missing permission")
    advice = gettext_lazy(
        "The service token lacks the permission in `needs`. Its owner can create one that has it."
    )

    def __init__(self, sentence: StrOrPromise, needs: str) -> None:
        super().__init__(sentence)
        self.needs = needs

    @property
    def members(self) -> dict[str, Any]:
        return {"needs": self.needs}


class NotForTokens(NotAllowed):
    """Only a person can do this, on the page `confirm_at` if there is one."""

    slug = "not-for-tokens"
    title = gettext_lazy("Only for people")
    advice = gettext_lazy("No service token can do this. Sign in, and call with that session.")

    def __init__(self, sentence: StrOrPromise, confirm_at: str = "") -> None:
        super().__init__(sentence)
        self.confirm_at = confirm_at

    @property
    def members(self) -> dict[str, Any]:
        return {"confirm_at": self.confirm_at} if self.confirm_at else {}


class NeedsSecondFactor(Refusal):
    slug = "second-factor"
    status = 403
    title = gettext_lazy("Second factor required")
    advice = gettext_lazy(
        "Sign in on the site with an authenticator app or passkey, then repeat the call with "
        "that session. You can set one up under Account."
    )


class NeedsRecentSignIn(Refusal):
    slug = "recent-sign-in"
    status = 403
    title = gettext_lazy("Confirm that it's you")
    advice = gettext_lazy(
        "Enter your password or use your second factor on the page in the response, then repeat "
        "the call with that session within five minutes."
    )

    def __init__(self, sentence: StrOrPromise, confirm_at: str) -> None:
        super().__init__(sentence)
        self.confirm_at = confirm_at

    @property
    def members(self) -> dict[str, Any]:
        return {"confirm_at": self.confirm_at}


class WrongState(Refusal):
    slug = "wrong-state"
    status = 409
    title = gettext_lazy("No longer possible")
    advice = gettext_lazy(
        "It has changed in the meantime. Fetch it again to see what you can still do."
    )


class Invalid(Refusal):
    """Invalid input, with a sentence for each field; "" is the whole."""

    slug = "invalid"
    status = 422
    title = gettext_lazy("Check your input")
    advice = gettext_lazy("The response explains what to fix in each field. Nothing was saved.")

    def __init__(self, errors: Mapping[str, StrOrPromise]) -> None:
        super().__init__(next(iter(errors.values())))
        self.errors = {field: str(sentence) for field, sentence in errors.items()}


class CallInProgress(Refusal):
    """The first call with the same Idempotency-Key hasn't been answered; `wait` is in seconds."""

    slug = "call-in-progress"
    status = 409
    title = gettext_lazy("Still running")
    advice = gettext_lazy(
        "The first call with this Idempotency-Key is still running. Repeat yours after the number "
        "of seconds in Retry-After."
    )

    def __init__(self, sentence: StrOrPromise, wait: int) -> None:
        super().__init__(sentence)
        self.wait = wait


class AnswerNotKept(Refusal):
    """What the first call `made` is there, but its answer isn't: it had a secret."""

    slug = "answer-not-kept"
    status = 409
    title = gettext_lazy("Already done")
    advice = gettext_lazy(
        "The first call with this Idempotency-Key did it, and `made` has the ID of what it "
        "created. Answers with a secret are kept for 10 minutes. If you never received it, rotate "
        "or revoke what was created."
    )

    def __init__(self, sentence: StrOrPromise, made: str) -> None:
        super().__init__(sentence)
        self.made = made

    @property
    def members(self) -> dict[str, Any]:
        return {"made": self.made}


class KeyReused(Refusal):
    slug = "idempotency-key-reused"
    status = 422
    title = gettext_lazy("Idempotency-Key used before")
    advice = gettext_lazy(
        "Another call to this URL had the same Idempotency-Key within 24 hours. Use a new key for "
        "each new call, and the same one only to repeat it."
    )


class Stale(Refusal):
    """The caller's If-Match is of an earlier version."""

    slug = "stale"
    status = 412
    title = gettext_lazy("Changed in the meantime")
    advice = gettext_lazy("Fetch it again, decide on what it is now, and send its new ETag.")


class NeedsIfMatch(Refusal):
    slug = "if-match-required"
    status = 428
    title = gettext_lazy("If-Match required")
    advice = gettext_lazy(
        "Send If-Match with the ETag of what you have read, so that you change nothing that you "
        "haven't seen."
    )


class RateLimited(Refusal):
    """Too many in a short time; `wait` is in seconds, `bucket` of `throttling`."""

    slug = "too-often"
    status = 429
    title = gettext_lazy("Too many attempts")
    advice = gettext_lazy("Wait for the number of seconds in Retry-After, then try again.")

    def __init__(self, sentence: StrOrPromise, wait: int, bucket: Any = None) -> None:
        super().__init__(sentence)
        self.wait, self.bucket = wait, bucket


class Unavailable(Refusal):
    """The server can't do it at the moment."""

    slug = problem_types.UNAVAILABLE.slug
    status = problem_types.UNAVAILABLE.status
    title = gettext_lazy(problem_types.UNAVAILABLE.title)


# As the page of problems lists them; that of `Unavailable` is one of `PROBLEM_TYPES`.
REFUSALS = (
    NotAllowed,
    MissingPermission,
    NotForTokens,
    NeedsSecondFactor,
    NeedsRecentSignIn,
    WrongState,
    CallInProgress,
    AnswerNotKept,
    Invalid,
    KeyReused,
    Stale,
    NeedsIfMatch,
    RateLimited,
)
