"""All reasons for which the gateway refuses a call."""

from dataclasses import astuple, dataclass

from lifecycle.serving import problem_types
from lifecycle.serving.problem_types import gettext_noop


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason. `error` is its code in RFC 6750 (section 3.1), `see` a page that helps."""

    slug: str
    status: int
    title: str
    sentence: str
    error: str = ""
    see: str = ""


MISSING_KEY = Problem(
    "missing-key",
    401,
    gettext_noop("No key sent"),
    gettext_noop("Send your key as “Authorization: Bearer emk_…” or as “x-api-key: emk_…”."),
    see="/access/",
)
MALFORMED_KEY = Problem(
    "malformed-key",
    401,
    gettext_noop("This is not a complete Emeritus key"),
    gettext_noop(
        "Send your key exactly as it was shown: emk_ followed by 36 letters and digits. If "
        "you send both Authorization and x-api-key, use the same key in both."
    ),
    error="invalid_token",
    see="/access/",
)
UNKNOWN_KEY = Problem(
    "unknown-key",
    401,
    gettext_noop("Unknown key"),
    gettext_noop(
        "Check that you are using the site that issued it, or create a new key on your access page."
    ),
    error="invalid_token",
    see="/access/",
)
REVOKED_KEY = Problem(
    "revoked-key",
    401,
    gettext_noop("This key was revoked"),
    gettext_noop(
        "It will not work again. Your access page shows when and why. If your access is still "
        "active, create a new key there."
    ),
    error="invalid_token",
    see="/access/",
)
EXPIRED_KEY = Problem(
    "expired-key",
    401,
    gettext_noop("This key has expired"),
    gettext_noop(
        "The key or its access has ended. Your access page shows when. Send a new request if "
        "you still need the model."
    ),
    error="invalid_token",
    see="/access/",
)
HOLDER_NOT_IN_GOOD_STANDING = Problem(
    "holder-not-in-good-standing",
    403,
    gettext_noop("The holder of this key can't use it at the moment"),
    gettext_noop("The holder's account is not in good standing. Contact the site operator."),
    error="insufficient_scope",
)
GRANT_SUSPENDED = Problem(
    "grant-suspended",
    403,
    gettext_noop("This access is suspended"),
    gettext_noop(
        "It is paused. The same key will work again once access resumes. Your access page "
        "shows why."
    ),
    error="insufficient_scope",
    see="/access/",
)
NOT_STARTED = Problem(
    "not-started",
    403,
    gettext_noop("This access has not started yet"),
    gettext_noop("Your access page shows when it starts. The key works from then on."),
    error="insufficient_scope",
    see="/access/",
)
WRONG_MODEL = Problem(
    "wrong-model",
    403,
    gettext_noop("This key doesn't include that model"),
    gettext_noop(
        "Your access page lists the models for this key. Request access to the one you need."
    ),
    error="insufficient_scope",
    see="/access/",
)
WRONG_OPERATION = Problem(
    "wrong-operation",
    403,
    gettext_noop("This key doesn't allow that type of call"),
    gettext_noop("Your access page lists what this key can be used for."),
    error="insufficient_scope",
    see="/access/",
)
WRONG_NETWORK = Problem(
    "wrong-network",
    403,
    gettext_noop("This key can't be used from this address"),
    gettext_noop(
        "It is limited to certain networks. Call from one of them, or create a key for your "
        "network on your access page."
    ),
    error="insufficient_scope",
    see="/access/",
)
ADDRESS_NOT_NAMED = Problem(
    "address-not-named",
    403,
    gettext_noop("The gateway didn't identify the caller's address"),
    gettext_noop(
        "This key is limited to certain networks. Tell the gateway's operator: its "
        "configuration must set X-Emeritus-Address exactly once, to the caller's address."
    ),
)
TOO_MANY_REQUESTS = Problem(
    "too-many-requests",
    429,
    gettext_noop("This access has reached its rate limit"),
    gettext_noop(
        "Wait for the time in Retry-After, then try again with the same key. All keys for one "
        "access share its limits. Your access page lists them."
    ),
    see="/access/",
)
TOO_MANY_TOKENS = Problem(
    "too-many-tokens",
    429,
    gettext_noop("This access has used up today's tokens"),
    gettext_noop(
        "The limit resets at midnight UTC. All keys for one access share its limits. Your "
        "access page lists them."
    ),
    see="/access/",
)
SPEND_CAP_REACHED = Problem(
    "spend-cap-reached",
    403,
    gettext_noop("This access has used up its budget"),
    gettext_noop(
        "The budget doesn't reset. To get more, end this access on its page and request it "
        "again; we fill in the form with your measured use."
    ),
    error="insufficient_scope",
    see="/access/",
)
MODEL_NOT_NAMED = Problem(
    "model-not-named",
    403,
    gettext_noop("The gateway didn't name the model"),
    gettext_noop(
        "Tell the gateway's operator: its configuration must set X-Emeritus-Model exactly "
        "once, and can set X-Emeritus-Operation once."
    ),
)
BODY_NAMES_ANOTHER_MODEL = Problem(
    "other-model-in-body",
    403,
    gettext_noop("The body names a different model than this address serves"),
    gettext_noop("Set “model” to the model this address serves."),
    error="insufficient_scope",
)
BODY_NOT_CLEAR = Problem(
    "unclear-body",
    400,
    gettext_noop("The body is not valid JSON with a single meaning"),
    gettext_noop("Send one JSON object in UTF-8, with a single “model” field at the top level."),
)
BODY_NOT_JSON = Problem(
    "body-not-json",
    415,
    gettext_noop("The body was not sent as JSON"),
    gettext_noop("Send JSON with “Content-Type: application/json” and no “Content-Encoding”."),
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
        "It is no longer generally available. Its catalogue page shows when it was retired, "
        "what replaced it, and whether you can request access."
    ),
    see="/models/",
)
MODEL_WITHDRAWN = Problem(
    "model-withdrawn",
    410,
    gettext_noop("This model was withdrawn"),
    gettext_noop("No key can use it any more. Its catalogue page shows what replaced it."),
    see="/models/",
)
NOT_FOUND = Problem(*astuple(problem_types.NOT_FOUND))
METHOD_NOT_ALLOWED = Problem(*astuple(problem_types.METHOD_NOT_ALLOWED))
OF_HTTP = (NOT_FOUND, METHOD_NOT_ALLOWED)  # the page explains them with those of the API
CHECK_UNAVAILABLE = Problem(
    "check-unavailable",
    503,
    gettext_noop("We can't check this key at the moment"),
    gettext_noop("Your key was neither accepted nor rejected. Try again in a few seconds."),
)

# The reasons of the check, each explained on the site's page of problems.
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
