"""Hand an email over to the mail server."""

from contextlib import suppress
from smtplib import SMTPException

from django.core.mail import EmailMessage, get_connection

# Everything that may go wrong with the mail server or the network.
FAULTS = (SMTPException, OSError)


def hand_over(message: EmailMessage) -> None:
    """Send one email. Raises one of FAULTS if the server doesn't accept it."""
    connection = get_connection()
    try:
        connection.send_messages([message])
    finally:
        # Django leaves a connection open that failed during its handshake.
        with suppress(*FAULTS):
            connection.close()
