"""The cache, which may be away: then it forgets, and what asks it goes on."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def _forgetful(method: str, nothing: Callable[[], Any]) -> Callable[..., Any]:
    """A method of RedisCache that answers `nothing()` when the server can't be asked."""
    real = getattr(RedisCache, method)

    @wraps(real)
    def ask(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return real(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            log.warning("The cache is away (%s).", type(error).__name__)
            return nothing()

    return ask


class ForgetfulCache(RedisCache):
    """Keeps counters and copies only. A sign-in must not fail because Valkey is away."""

    add = _forgetful("add", lambda: True)
    _get = _forgetful("get", lambda: None)
    set = _forgetful("set", lambda: None)
    touch = _forgetful("touch", lambda: False)
    delete = _forgetful("delete", lambda: False)
    get_many = _forgetful("get_many", dict)
    set_many = _forgetful("set_many", list)
    delete_many = _forgetful("delete_many", lambda: None)
    has_key = _forgetful("has_key", lambda: False)
    incr = _forgetful("incr", lambda: 1)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        value = self._get(key, default, version)
        return default if value is None else value

    clear = _forgetful("clear", lambda: False)
