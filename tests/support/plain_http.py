"""Calls to the tests' own servers, which speak plain HTTP."""

import ssl
from typing import Any

import httpx

# By default each client loads every authority's certificate, which takes longer than many calls.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def plain_client(**options: Any) -> httpx.Client:
    return httpx.Client(trust_env=False, verify=NO_CERTIFICATES, **options)


def answers(url: str) -> bool:
    """Whether somebody listens there who answers 200."""
    try:
        return httpx.get(url, trust_env=False, verify=NO_CERTIFICATES).status_code == 200
    except httpx.TransportError:
        return False
