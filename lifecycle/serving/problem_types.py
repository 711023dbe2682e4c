"""Types of problems (RFC 9457) that are HTTP's rather than an action's. Imports no Django."""

from dataclasses import dataclass


def gettext_noop(text: str) -> str:
    """Mark `text` for translation, without loading Django."""
    return text


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A slug that programs branch on; the sentence is the usual `detail`."""

    slug: str
    status: int
    title: str
    sentence: str


UNREADABLE = ProblemType(
    "unreadable",
    400,
    gettext_noop("Check your input"),
    gettext_noop(
        "Send JSON in UTF-8, with only the fields, parameters and types in the API description."
    ),
)
KEY_IN_URL = ProblemType(
    "key-in-url",
    400,
    gettext_noop("A key was sent in the URL"),
    gettext_noop(
        "Never put a key in a URL: URLs are logged. Revoke this key and create a new one. Send "
        "keys to the gateway in a header; to report a leaked key, send it in the request body."
    ),
)
NOT_SIGNED_IN = ProblemType(
    "not-signed-in",
    401,
    gettext_noop("Not signed in"),
    gettext_noop("Sign in and send the session cookie, or send a service token."),
)
INVALID_TOKEN = ProblemType(
    "invalid-token",
    401,
    gettext_noop("Invalid service token"),
    gettext_noop("It is unknown, expired or revoked. The response says which."),
)
CSRF = ProblemType(
    "csrf",
    403,
    gettext_noop("CSRF token missing or wrong"),
    gettext_noop(
        "A call with a session sends the CSRF cookie's value as X-CSRFToken, and a Referer or "
        "Origin of this site. Calls with a service token need none."
    ),
)
NOT_FOUND = ProblemType(
    "not-found",
    404,
    gettext_noop("Not found"),
    gettext_noop("Not found, or you don't have access to it."),
)
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed",
    405,
    gettext_noop("Method not allowed"),
    gettext_noop("This URL doesn't have that method. Allow lists those it has."),
)
NOT_ACCEPTABLE = ProblemType(
    "not-acceptable",
    406,
    gettext_noop("No such format"),
    gettext_noop("Accept has to include the format of the answer: application/json for most."),
)
TOO_SLOW = ProblemType(
    "too-slow",
    408,
    gettext_noop("Too slow"),
    gettext_noop("Your upload was too slow. Try again on a faster connection."),
)
TOO_LARGE = ProblemType(
    "too-large",
    413,
    gettext_noop("Too large"),
    gettext_noop("This body is too large, so nothing was saved. Send less per call."),
)
MEDIA_TYPE = ProblemType(
    "media-type",
    415,
    gettext_noop("Unsupported media type"),
    gettext_noop("Send the body in a format that the API description names, such as JSON."),
)
UNEXPECTED = ProblemType(
    "unexpected",
    500,
    gettext_noop("Something went wrong"),
    gettext_noop("Something went wrong on our side. We've logged it. Try again later."),
)
UNAVAILABLE = ProblemType(
    "unavailable",
    503,
    gettext_noop("Temporarily unavailable"),
    gettext_noop("This is a problem on our side. Try again later."),
)

PROBLEM_TYPES = (
    UNREADABLE,
    KEY_IN_URL,
    NOT_SIGNED_IN,
    INVALID_TOKEN,
    CSRF,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    TOO_SLOW,
    TOO_LARGE,
    MEDIA_TYPE,
    UNEXPECTED,
    UNAVAILABLE,
)
BY_STATUS = {kind.status: kind for kind in reversed(PROBLEM_TYPES)}
