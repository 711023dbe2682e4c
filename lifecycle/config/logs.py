"""How every process logs: to stderr, without any whole key, wherever in a line it stands."""

import logging
import re
from typing import Any

# They would name every call, and each sweep at each time.
TOO_CHATTY = ("httpx", "celery.beat", "celery.app.trace", "celery.worker.strategy")
KEY = re.compile(r"\b(em[kst]_)[0-9A-Za-z]{32}([0-9A-Za-z]{4})\b")


def redacted(text: str) -> str:
    return KEY.sub(r"\1…\2", text)


class RedactingFormatter(logging.Formatter):
    """Formats a record, its traceback too, without any whole key."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def to_stderr(level: str) -> dict[str, Any]:
    """For logging.config.dictConfig, and Django's LOGGING."""
    line = {
        "()": "lifecycle.config.logs.RedactingFormatter",
        "format": "{asctime} {levelname} {name}: {message}",
        "style": "{",
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {name: {"level": "WARNING"} for name in TOO_CHATTY},
        "root": {"handlers": ["stderr"], "level": level},
    }
