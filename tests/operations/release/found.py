"""What may be found of a release: well in every respect, unless a test says otherwise."""

from datetime import UTC, datetime
from typing import Any

from pantau.operations.release.evidence import (
    Baseline,
    Evidence,
    Hits,
    PoolUse,
    ProcessSeen,
    Refusals,
    Repeated,
    SignIns,
    Stretch,
    Times,
)
from pantau.operations.release.judging import judge
from pantau.operations.release.rules import Rules
from pantau.operations.release.verdict import Row, Verdict

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
NEW, OLD = "aaaaaaaaaaaa", "bbbbbbbbbbbb"
LIST, AREAS = "/api/cameras/active", "/api/areas/public"
ENDPOINTS = ("list", "stream", "login", "playlist")


def times(p50_ms: float, p95_ms: float | None = None, count: int = 500) -> Times:
    return Times(
        count=count,
        p50_ms=p50_ms,
        p95_ms=p95_ms or p50_ms,
    )


def process(name: str = "web", **changes: Any) -> ProcessSeen:
    known: dict[str, Any] = {
        "name": name,
        "pid": 100,
        "version": "1.1.0",
        "build": NEW,
        "is_ready": True,
        "up_s": 120.0,
    }
    return ProcessSeen(**known | changes)


def stretch(**changes: Any) -> Stretch:
    known: dict[str, Any] = {
        "duration_s": 120.0,
        "requests": 10_000,
        "errors": 0,
        "critical": {"web": 0, "worker": 0},
        "hits": (Hits(endpoint=AREAS, hits=9_000, misses=100, ttl_s=300.0),),
        "pool": PoolUse(exhausted=0, timeouts=0, readers=5),
        "refusals": {"api": Refusals(asked=1000, refused=10)},
        "questions": {name: Refusals(asked=12, refused=0) for name in ENDPOINTS},
        "sign_ins": SignIns(succeeded=9),
        "traffic": {name: times(1.0, 2.0) for name in ENDPOINTS},
    }
    return Stretch(**known | changes)


def evidence(**changes: Any) -> Evidence:
    known: dict[str, Any] = {
        "at": NOW,
        "running_s": 120.0,
        "build": NEW,
        "processes": (process("web"), process("worker", pid=101)),
        "is_serving": True,
        "repeated": (Repeated(endpoint=LIST, asked=9, ready=8),),
        "measured": stretch(),
    }
    return Evidence(**known | changes)


def measured(**changes: Any) -> Evidence:
    """The same with other counts."""
    return evidence(measured=stretch(**changes))


def baseline(**changes: Any) -> Baseline:
    known = {name: changes.pop(name) for name in ("repeated", "is_serving") if name in changes}
    return Baseline(
        version="1.0.0",
        build=OLD,
        recorded_at=NOW,
        measured=stretch(duration_s=86_400.0, requests=1_000_000, **changes)
        if "requests" not in changes
        else stretch(**changes),
        repeated=known.get("repeated", (Repeated(endpoint=LIST, asked=9, ready=8),)),
        is_serving=known.get("is_serving", True),
    )


def verdict(found: Evidence, before: Baseline | None = None, rules: Rules | None = None) -> Verdict:
    return judge(found, before, rules or Rules(), NOW)


def row(told: Verdict, metric: str) -> Row:
    return next(each for each in told.rows if each.metric == metric)
