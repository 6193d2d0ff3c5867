"""A process that writes row after row and says so after each commit, until it is killed.

Arguments: the address of the database, the first number, and how many rows.
"""

import asyncio
import sys
from pathlib import Path

from sqlalchemy import make_url, text

from pantau.core.clock import SystemClock
from pantau.db.database import open_database
from pantau.db.place import Place, sqlite_place


def place_at(address: str) -> Place:
    return Place(make_url(address)) if "://" in address else sqlite_place(Path(address))


async def write(address: str, first: int, count: int) -> None:
    database = open_database(place_at(address), clock=SystemClock())
    for number in range(first, first + count):
        async with database.write() as work:
            work.changed("cameras")
            for half in ("left", "right"):
                await work.session.execute(
                    text("INSERT INTO halves (number, half) VALUES (:number, :half)"),
                    {"number": number, "half": half},
                )
        print(number, flush=True)  # noqa: T201 - the acknowledgement
    await database.close()


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
