"""What this process knows of itself, as it is written into its vitals."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pantau.audit.events import Action
from pantau.operations.vitals import (
    Asked,
    CacheVitals,
    Latencies,
    PoolVitals,
    ShardVitals,
    SlowStatement,
)

if TYPE_CHECKING:
    # The worker tells of its database and loads nothing of the web.
    from pantau.accounts.attempts import Attempts
    from pantau.db.database import Database
    from pantau.mediaserver.shards import Shards
    from pantau.web.hit_rates import Hits
    from pantau.web.response_cache import ResponseCache
    from pantau.web.traffic import Traffic


def of_database(database: "Database") -> Mapping[str, object]:
    """Return what the pools did and which statements were slow."""
    pool = database.stats()
    return {
        "pool": PoolVitals(
            queries=pool.total_queries,
            exhausted=pool.pool_exhausted_total,
            timeouts=pool.pool_timeouts_total,
            waits=pool.pool_waits_total,
            read_waits=pool.read_waits,
            read_wait_s=pool.read_wait_s,
            write_wait_s=pool.write_wait_s,
            longest_wait_s=pool.longest_wait_s,
            read_in_use=pool.read_pool_in_use,
            read_open=pool.read_pool_size,
            slow_statements=database.slow.total,
        ),
        "slow_statements": tuple(
            SlowStatement(
                text=each.text,
                count=each.count,
                longest_s=each.longest_s,
                p50_s=each.p50_s,
                last_at=each.last_at,
            )
            for each in database.slow.worst()
        ),
    }


def of_traffic(traffic: "Traffic") -> Mapping[str, object]:
    """Return what was answered and how long it took."""
    requests: dict[str, dict[str, int]] = {}
    for (kind, status), count in traffic.counts().items():
        requests.setdefault(kind, {})[status] = count
    return {
        "requests": requests,
        "answered": traffic.answered(),
        "latencies": {
            name: Latencies(counts=tuple(each.counts), sum_s=each.sum_s)
            for name, each in traffic.latencies().items()
        },
    }


def of_sign_ins(seen: Mapping[str, int], attempts: "Attempts") -> Mapping[str, object]:
    """Return how many signed in, and how many failed who had before."""
    return {"sign_ins": (seen.get(Action.LOGIN, 0), attempts.known_failures)}


def of_shards(shards: "Shards") -> Mapping[str, object]:
    """Return the parts of the media engine; what they take is read where vitals are written."""
    return {
        "shards": tuple(
            ShardVitals(name=name, pid=pid, restarts=ends) for name, pid, ends in shards.known()
        ),
        "shard_restarts": shards.ends,
    }


def of_cache(cache: "ResponseCache") -> Mapping[str, object]:
    """Return how often each endpoint had its answer ready."""
    return {
        "cache": {
            path: CacheVitals(
                total=_asked(rates.total),
                hour=_asked(rates.hour),
                day=_asked(rates.day),
                ttl_s=rates.ttl_s,
            )
            for path, rates in cache.rates().items()
        }
    }


def _asked(hits: "Hits") -> Asked:
    return Asked(hits=hits.hits, misses=hits.misses)
