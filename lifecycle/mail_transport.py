"""Hands one message to the mail server, and leaves no connection open when that went wrong."""

from contextlib import suppress
from smtplib import SMTPException

from django.core.mail import EmailMessage, get_connection

# What a mail server, or the way to it, may do to us.
FAULTS = (SMTPException, OSError)


def hand_over(message: EmailMessage) -> None:
    """Raises one of FAULTS when the server didn't take it."""
    connection = get_connection()
    try:
        connection.send_messages([message])
    finally:
        with suppress(*FAULTS):  # Django keeps one that was refused before it was ready
            connection.close()
