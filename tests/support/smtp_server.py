"""A real mail server that answers one command as it is told, and the others as they should be."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.support.worker_processes import free_port

GONE = "gone"  # instead of an answer the connection is closed
ALIASES = {"EHLO": ("EHLO", "HELO")}


class Answering(SMTP):
    """`command` is one of SMTP, `connect` for the greeting, or `content` for what follows DATA."""

    def __init__(self, handler: Any, command: str, answer: str, **more: Any) -> None:
        super().__init__(handler, **more)
        self.answer, self.greets_so = answer, command == "connect"
        for name in ALIASES.get(command, (command,)):
            if name.isupper():
                self._smtp_methods[name] = self._given()

    def _given(self) -> Callable[[str | None], Awaitable[None]]:
        async def say(argument: str | None) -> None:
            if self.answer == GONE:
                assert self.transport
                self.transport.close()
            else:
                await super(Answering, self).push(self.answer)

        return say

    async def push(self, status: Any) -> None:
        """The first thing that a server says is its greeting."""
        if self.greets_so:
            self.greets_so = False
            await self._given()(None)
        else:
            await super().push(status)


class RefusingServer(Controller):
    """Keeps what it took. `with RefusingServer("RCPT", "550 no")`; its `port` is a free one."""

    def __init__(self, command: str = "", answer: str = "") -> None:
        self.command, self.answer = command, answer
        self.messages: list[bytes] = []
        super().__init__(self, hostname="127.0.0.1", port=free_port())

    def factory(self) -> SMTP:
        def let_in(*asked: Any) -> AuthResult:
            return AuthResult(success=True)

        how = {"auth_require_tls": False, "authenticator": let_in}
        return Answering(self, self.command, self.answer, hostname="mail.example.org", **how)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.command == "content":
            if self.answer == GONE:
                assert server.transport
                server.transport.close()
            return self.answer
        assert isinstance(envelope.content, bytes)
        self.messages.append(envelope.content)
        return "250 OK"

    def __enter__(self) -> "RefusingServer":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
