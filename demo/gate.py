"""What a gateway in front of the models does with a key: ask about it."""

import time
from datetime import UTC, datetime, timedelta

import httpx
from django.conf import settings

from demo.expecting import UnexpectedResult, expect
from demo.plain_http import plain_client

POLL_SECONDS = 0.02
CLOSE = timedelta(milliseconds=100)
HELLO = {"role": "user", "content": "Hello!"}


class GatewayClient:
    """Asks `/gateway/check` about calls to one model."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.client = plain_client(base_url=settings.GATEWAY_URL)

    def passes(self, key: str) -> str:
        """Who the answer says that the holder is."""
        answer = self._ask(key, self.model)
        expect(answer.status_code == 204, describe(answer))
        return answer.headers["x-emeritus-holder"]

    def calls(self, key: str) -> None:
        """Call the model itself, whole and as a stream."""
        call = {"model": self.model, "max_tokens": 99, "messages": [HELLO]}
        for stream in (False, True):
            answer = self.client.post(
                f"{settings.MODELS_URL}/v1/messages",
                headers={"x-api-key": key},
                json={**call, "stream": stream},
            )
            expect(answer.status_code == 200 and "invented" in answer.text, describe(answer))

    def refuses(self, key: str, status: int, reason: str, *, model: str = "") -> None:
        self._expect_no(self._ask(key, model or self.model), status, reason)

    def ends(self, key: str, ends_at: datetime) -> timedelta:
        """Yes until the end, no from then on. How late the first no came.

        Asks often only close to the end, as the access has a limit of requests a minute.
        """
        while True:
            asked, answer, answered = _now(), self._ask(key, self.model), _now()
            if answer.status_code != 204:
                break
            expect(asked < ends_at, "It still said yes after the end.")
            time.sleep(max(POLL_SECONDS, (ends_at - answered - CLOSE).total_seconds()))
        self._expect_no(answer, 401, "expired-key")
        expect(answered >= ends_at, f"It said no {ends_at - answered} before the end.")
        return answered - ends_at

    def _ask(self, key: str, model: str) -> httpx.Response:
        headers = {"X-Emeritus-Model": model}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        return self.client.get("/gateway/check", headers=headers)

    @staticmethod
    def _expect_no(answer: httpx.Response, status: int, reason: str) -> None:
        """`reason` as in the problem's type, such as "revoked-key"."""
        if answer.status_code != status:
            raise UnexpectedResult(describe(answer))
        expect(answer.json()["type"].endswith(f"#{reason}"), describe(answer))


def describe(answer: httpx.Response) -> str:
    return f"It answered {answer.status_code} {answer.text[:300]}"


def _now() -> datetime:
    return datetime.now(UTC)
