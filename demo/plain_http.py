"""Calls to the demo's own servers, on this machine and without encryption."""

import ssl
from typing import Any

import httpx

# By default each client reads every authority's certificate, which takes longer than many calls.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def plain_client(**options: Any) -> httpx.Client:
    """A proxy from the environment has nothing to say about this machine's own addresses."""
    return httpx.Client(trust_env=False, verify=NO_CERTIFICATES, **options)


def answers(address: str) -> bool:
    """Whether a server is up there that has no fault."""
    try:
        with plain_client() as client:
            return client.get(address).status_code < 500
    except httpx.TransportError:
        return False
