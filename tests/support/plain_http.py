"""Calls to the tests' own servers, which speak plain HTTP."""

import httpx

from demo.plain_http import NO_CERTIFICATES, plain_client

__all__ = ["NO_CERTIFICATES", "answers", "plain_client"]


def answers(url: str) -> bool:
    """Whether somebody listens there who answers 200."""
    try:
        return httpx.get(url, trust_env=False, verify=NO_CERTIFICATES).status_code == 200
    except httpx.TransportError:
        return False
