"""Where measurements happen: the embedded servers, in a database that nothing else uses."""

import base64
import os
import secrets
from urllib.parse import urlsplit

import psycopg

from lifecycle.embedded import embedded

NAME, MANY, PEERS = "emeritus_bench", "emeritus_bench_many", "emeritus_bench_peers"


def prepare() -> None:
    """Tell this process and its children. Call it before anything reads the settings."""
    embedded.join()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "lifecycle.config.settings",
        "DATABASE_URL": fresh(NAME),
        "REDIS_URL": embedded.redis_url(),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "KEY_PEPPERS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "SITE_URL": "https://emeritus.example",
        "GATEWAY_PROCESSES": "1",
    }


def fresh(name: str, template: str = "template1") -> str:
    """The address of a new database, empty or like another one."""
    with psycopg.connect(embedded.database_url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return urlsplit(embedded.database_url())._replace(path=f"/{name}").geturl()
