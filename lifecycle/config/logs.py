"""Logging of all processes: to stderr, with keys redacted everywhere."""

import logging
import logging.config
import re
from typing import Any

# At INFO they log every call and every run of each sweep.
TOO_CHATTY = ("httpx", "celery.beat", "celery.app.trace", "celery.worker.strategy")
KEY = re.compile(r"\b(em[kst]_)[0-9A-Za-z]{32}([0-9A-Za-z]{4})\b")


def redacted(text: str) -> str:
    return KEY.sub(r"\1…\2", text)


class RedactingFormatter(logging.Formatter):
    """Formats records, including tracebacks, with keys redacted."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def configure(config: dict[str, Any]) -> None:
    """Apply a configuration; warnings of Python then have a time and a level too."""
    logging.config.dictConfig(config)
    logging.captureWarnings(True)


def to_stderr(level: str) -> dict[str, Any]:
    """Return the configuration for `configure` and Django's LOGGING."""
    line = {
        "()": "lifecycle.config.logs.RedactingFormatter",
        "format": "{asctime} {levelname} {name}{request_id}: {message}",
        "style": "{",
    }
    line_handler = {"class": "logging.StreamHandler", "formatter": "line"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "filters": {"request_id": {"()": "lifecycle.serving.request_ids.RequestIdFilter"}},
        "handlers": {"stderr": {**line_handler, "filters": ["request_id"]}},
        "loggers": {name: {"level": "WARNING"} for name in TOO_CHATTY},
        "root": {"handlers": ["stderr"], "level": level},
    }
