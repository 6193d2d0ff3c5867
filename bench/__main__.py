"""Measure everything, or the groups that are named: `python -m bench [--quick] [edge ingest …]`."""

import sys
from collections.abc import Callable
from pathlib import Path

from bench import (
    accounts,
    analytics,
    edge,
    first_picture,
    ingest,
    lists,
    portal,
    recorder,
    recordings,
    replays,
    viewers_beats,
    whole,
)
from bench.rows import Row, write_report

GROUPS: dict[str, Callable[..., list[Row]]] = {
    "accounts": accounts.rows,
    "analytics": analytics.rows,
    "beats": viewers_beats.rows,
    "edge": edge.rows,
    "ingest": ingest.rows,
    "lists": lists.rows,
    "memory": whole.memory_rows,
    "picture": first_picture.rows,
    "portal": portal.rows,
    "recorder": recorder.rows,
    "recordings": recordings.rows,
    "replays": replays.rows,
    "start": whole.start_rows,
}


def main(arguments: list[str]) -> None:
    quick = "--quick" in arguments
    chosen = [name for name in arguments if name in GROUPS] or list(GROUPS)
    rows: list[Row] = []
    for name in chosen:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows += GROUPS[name](quick=quick)
        print(write_report(rows, Path("bench")), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
