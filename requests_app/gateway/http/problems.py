"""Every reason for which the gateway refuses."""

from dataclasses import dataclass


def gettext_noop(text: str) -> str:
    """For `python -m translating`: the site's page of answers is in the reader's language.

    Django's own does the same, and would have the check load Django.
    """
    return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason. `error` is RFC 6750's code for it (section 3.1), `see` the page that helps."""

    slug: str
    status: int
    title: str
    sentence: str
    error: str = ""
    see: str = ""


MISSING_KEY = Problem(
    "missing-key",
    401,
    gettext_noop("No key was sent"),
    gettext_noop("Send your key as “Authorization: Bearer emk_…” or as “x-api-key: emk_…”."),
    see="/access/",
)
MALFORMED_KEY = Problem(
    "malformed-key",
    401,
    gettext_noop("This is not a whole Emeritus key"),
    gettext_noop(
        "Send one key, exactly as it was shown to you: emk_ and 36 letters and digits. If you send "
        "both Authorization and x-api-key, they must hold the same key."
    ),
    error="invalid_token",
    see="/access/",
)
UNKNOWN_KEY = Problem(
    "unknown-key",
    401,
    gettext_noop("This key is not known here"),
    gettext_noop(
        "Check that you send it to the site that gave it to you, or make a new one on your access "
        "page."
    ),
    error="invalid_token",
    see="/access/",
)
REVOKED_KEY = Problem(
    "revoked-key",
    401,
    gettext_noop("This key was revoked"),
    gettext_noop(
        "It will not work again. Your access page says when and why; while your access runs, "
        "you can make a new key there."
    ),
    error="invalid_token",
    see="/access/",
)
EXPIRED_KEY = Problem(
    "expired-key",
    401,
    gettext_noop("This key has reached its end"),
    gettext_noop(
        "The key, or the access it was made for, has ended. Your access page shows when; ask "
        "again if you still need the model."
    ),
    error="invalid_token",
    see="/access/",
)
HOLDER_NOT_IN_GOOD_STANDING = Problem(
    "holder-not-in-good-standing",
    403,
    gettext_noop("The holder of this key may not use it at present"),
    gettext_noop(
        "The account of the person who holds it is not in good standing. Write to the people who "
        "run this site."
    ),
    error="insufficient_scope",
)
GRANT_SUSPENDED = Problem(
    "grant-suspended",
    403,
    gettext_noop("This access is suspended"),
    gettext_noop(
        "It is paused, not ended, and the same key works again when it is resumed. "
        "Your access page says why."
    ),
    error="insufficient_scope",
    see="/access/",
)
NOT_STARTED = Problem(
    "not-started",
    403,
    gettext_noop("This access has not started yet"),
    gettext_noop("Your access page says from when it runs; the key works from then on."),
    error="insufficient_scope",
    see="/access/",
)
WRONG_MODEL = Problem(
    "wrong-model",
    403,
    gettext_noop("This key doesn't reach that model"),
    gettext_noop("Your access page lists the models of this key. Ask for access to the other one."),
    error="insufficient_scope",
    see="/access/",
)
WRONG_OPERATION = Problem(
    "wrong-operation",
    403,
    gettext_noop("This key doesn't allow that kind of call"),
    gettext_noop("Your access page lists what this key may be used for."),
    error="insufficient_scope",
    see="/access/",
)
WRONG_NETWORK = Problem(
    "wrong-network",
    403,
    gettext_noop("This key may not be used from this address"),
    gettext_noop(
        "It was made for certain networks. Call from one of them, or make a key for where you are "
        "on your access page."
    ),
    error="insufficient_scope",
    see="/access/",
)
ADDRESS_NOT_NAMED = Problem(
    "address-not-named",
    403,
    gettext_noop("The gateway didn't say where this call comes from"),
    gettext_noop(
        "This key is for certain networks only. Tell whoever runs the gateway: its own "
        "configuration has to set X-Emeritus-Address, once, to the caller's address."
    ),
)
TOO_MANY_REQUESTS = Problem(
    "too-many-requests",
    429,
    gettext_noop("This access has used up its calls for now"),
    gettext_noop(
        "Wait until the time in Retry-After, then go on with the same key. All keys of one access "
        "share its limits; your access page lists them."
    ),
    see="/access/",
)
TOO_MANY_TOKENS = Problem(
    "too-many-tokens",
    429,
    gettext_noop("This access has used up today's tokens"),
    gettext_noop(
        "It goes on at midnight UTC with the same key. All keys of one access share its limits; "
        "your access page lists them."
    ),
    see="/access/",
)
SPEND_CAP_REACHED = Problem(
    "spend-cap-reached",
    403,
    gettext_noop("This access has used up what it may spend"),
    gettext_noop(
        "Waiting doesn't help. On the page of this access, end it and ask for more, with what you "
        "have measured; the form is filled in."
    ),
    error="insufficient_scope",
    see="/access/",
)
MODEL_NOT_NAMED = Problem(
    "model-not-named",
    403,
    gettext_noop("The gateway didn't say which model this is for"),
    gettext_noop(
        "Tell whoever runs the gateway: its own configuration has to set X-Emeritus-Model, once, "
        "and may set X-Emeritus-Operation, once."
    ),
)
BODY_NAMES_ANOTHER_MODEL = Problem(
    "other-model-in-body",
    403,
    gettext_noop("The body names another model than this address serves"),
    gettext_noop("Send the name of the model that this address serves as “model”."),
    error="insufficient_scope",
)
BODY_NOT_CLEAR = Problem(
    "unclear-body",
    400,
    gettext_noop("The body can be read in more than one way, or not at all"),
    gettext_noop("Send one JSON object in UTF-8, with “model” once at its top."),
)
BODY_NOT_JSON = Problem(
    "body-not-json",
    415,
    gettext_noop("The body isn't sent as JSON"),
    gettext_noop(
        "Send JSON with “Content-Type: application/json”, and without “Content-Encoding”."
    ),
)
BODY_TOO_LARGE = Problem(
    "body-too-large",
    413,
    gettext_noop("The body is too large"),
    gettext_noop("Send at most 32 MiB in one call."),
)
MODEL_RETIRED = Problem(
    "model-retired",
    410,
    gettext_noop("This model is retired"),
    gettext_noop(
        "It is no longer served to everybody. Its page in the catalogue says since when, what "
        "replaced it, and whether you can ask for access."
    ),
    see="/models/",
)
MODEL_WITHDRAWN = Problem(
    "model-withdrawn",
    410,
    gettext_noop("This model was withdrawn"),
    gettext_noop("No key reaches it any more. Its page in the catalogue says what replaced it."),
    see="/models/",
)
CHECK_UNAVAILABLE = Problem(
    "check-unavailable",
    503,
    gettext_noop("The check can't be made at the moment"),
    gettext_noop("Your key was neither accepted nor refused. Try again in a few seconds."),
)

PROBLEMS = (
    MISSING_KEY,
    MALFORMED_KEY,
    UNKNOWN_KEY,
    REVOKED_KEY,
    EXPIRED_KEY,
    HOLDER_NOT_IN_GOOD_STANDING,
    GRANT_SUSPENDED,
    NOT_STARTED,
    WRONG_MODEL,
    WRONG_OPERATION,
    WRONG_NETWORK,
    ADDRESS_NOT_NAMED,
    TOO_MANY_REQUESTS,
    TOO_MANY_TOKENS,
    SPEND_CAP_REACHED,
    MODEL_NOT_NAMED,
    BODY_NAMES_ANOTHER_MODEL,
    BODY_NOT_CLEAR,
    BODY_NOT_JSON,
    BODY_TOO_LARGE,
    MODEL_RETIRED,
    MODEL_WITHDRAWN,
    CHECK_UNAVAILABLE,
)
