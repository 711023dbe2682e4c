"""Keeps keys out of the logs, wherever in a line they stand."""

import logging
import re

KEY = re.compile(r"\b(em[kst]_)[0-9A-Za-z]{32}([0-9A-Za-z]{4})\b")


def redacted(text: str) -> str:
    return KEY.sub(r"\1…\2", text)


class RedactingFormatter(logging.Formatter):
    """Formats a record, its traceback too, without any whole key."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))
