"""Measure everything, or the groups that are named: `python -m bench [--quick] [edge ingest …]`."""

import argparse
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
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure for a shorter time")
    parser.add_argument("groups", nargs="*", metavar="group", help=", ".join(GROUPS))
    asked = parser.parse_args(arguments)
    unknown = sorted(set(asked.groups) - set(GROUPS))
    if unknown:
        parser.error(f"there is no group {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    rows: list[Row] = []
    for name in asked.groups or GROUPS:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows += GROUPS[name](quick=asked.quick)
        print(write_report(rows, Path("bench")), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
