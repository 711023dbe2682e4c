"""The ASGI `application` of the gateway check, built from the settings."""

import logging
from collections.abc import Mapping

from lifecycle.config import env, logs
from requests_app.gateway.app import Gateway
from requests_app.gateway.cache import Cache
from requests_app.gateway.http.timeouts import SampledFilter
from requests_app.gateway.invalidation import Listener
from requests_app.gateway.lookup import Postgres
from requests_app.gateway.pool import Pool
from requests_app.gateway.rate_limiter import RateLimiter
from requests_app.gateway.shared_ledger import NoLedger, ValkeyLedger
from requests_app.gateway.usage_counter import UsageCounter


def build(
    database_url: str,
    peppers: Mapping[int, bytes],
    site_url: str,
    valkey_url: str = "",
    processes: int = 1,
) -> Gateway:
    """Build the gateway; without `valkey_url` each process enforces its own share of each limit."""
    pool = Pool(database_url)
    cache = Cache(Postgres(pool))
    listener = Listener(database_url, cache)
    limiter = RateLimiter(ValkeyLedger(valkey_url) if valkey_url else NoLedger(), processes)
    books = UsageCounter(pool)
    return Gateway(cache, limiter, books, peppers, site_url.rstrip("/"), listener)


def __getattr__(name: str) -> Gateway:
    """Build `application` on first access, so that importing this module reads no settings."""
    if name != "application":
        raise AttributeError(name)
    logs.configure(logs.to_stderr(env.log_level()))
    env.ensure_services()
    logging.getLogger("uvicorn.error").addFilter(SampledFilter())
    env.tell_servers()
    return build(
        env.database_url(),
        env.peppers(),
        env.site_url(),
        env.redis_url(),
        env.gateway_processes(),
    )
