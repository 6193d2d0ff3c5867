"""Asks a Valkey or Redis what it does when it is full."""

from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

_ANSWER_S: Final = 3.0


async def memory_policy(url: str) -> str | None:
    """Return its `maxmemory-policy`, empty where it does not say; None: it does not answer."""
    address = url.replace("valkey", "redis", 1) if url.startswith("valkey") else url
    server = Redis.from_url(
        address, socket_timeout=_ANSWER_S, socket_connect_timeout=_ANSWER_S, decode_responses=True
    )
    try:
        await server.ping()
        told = await server.info("memory")
    except ResponseError:
        return ""
    except (RedisError, OSError, ValueError):
        return None
    finally:
        await server.aclose()
    return str(told.get("maxmemory_policy", ""))
