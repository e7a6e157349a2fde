"""A cache that may be away: pages and uploads go on without it."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = logging.getLogger(__name__)

# What each operation answers while the cache is away: as if nothing were stored and nothing could be.
AWAY: dict[str, Callable[..., Any]] = {
    "add": lambda *_, **__: True,
    "get": lambda key, default=None, *_, **__: default,
    "set": lambda *_, **__: None,
    "touch": lambda *_, **__: False,
    "delete": lambda *_, **__: False,
    "get_many": lambda *_, **__: {},
    "has_key": lambda *_, **__: False,
    "incr": lambda key, delta=1, *_, **__: delta,
    "set_many": lambda data, *_, **__: list(data),
    "delete_many": lambda *_, **__: None,
    "clear": lambda *_, **__: False,
}


class TolerantRedisCache(RedisCache):
    """Django's Redis cache, except that a server that does not answer is an empty cache and not an error.

    Nothing that must be right may rest on it: sessions and jobs are in PostgreSQL; throttles are lenient meanwhile.
    """


def _tolerant(name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    operation = getattr(RedisCache, name)

    @wraps(operation)
    def tolerant(self: TolerantRedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return operation(self, *args, **kwargs)
        except (RedisConnectionError, RedisTimeoutError) as error:
            logger.warning("The cache does not answer (%s): %s", name, error)
            return answer(*args, **kwargs)

    return tolerant


for _name, _answer in AWAY.items():
    setattr(TolerantRedisCache, _name, _tolerant(_name, _answer))
