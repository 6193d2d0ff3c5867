"""A note outside the database of how far the trail had got.

Inside the database an old head can be put back together with the old entries, and everything fits.
The note, which only grows, then says that there was more.
"""

import json
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pantau.audit.chain import ChainKey, Head

FILE_NAME: Final = "audit.witness"


@dataclass(frozen=True, slots=True)
class Seen:
    """How far the trail had got, and when."""

    last_id: int
    last_hash: str
    at: str


class WitnessError(Exception):
    """The note cannot be read or is not ours; the message says so."""


class Witness:
    """The note at `path`.  Its writer decides whether the trail still fits it."""

    def __init__(self, path: Path, chain: ChainKey) -> None:
        self.path: Final = path
        self._chain = chain

    def read(self) -> Seen | None:
        """Return what was noted, or None when nothing was; raises WitnessError."""
        try:
            told: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            seen = Seen(int(told["last_id"]), str(told["last_hash"]), str(told["at"]))
            is_ours = told["signature"] == self._signature(seen)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WitnessError(f"{self.path.name} is damaged.") from error
        if not is_ours:
            raise WitnessError(f"{self.path.name} was not written by this installation.")
        return seen

    def write(self, head: Head, now: datetime) -> None:
        """Note that the trail has got as far as `head`."""
        seen = Seen(head.last_id, head.last_hash, now.isoformat(timespec="seconds"))
        told = {
            "last_id": seen.last_id,
            "last_hash": seen.last_hash,
            "at": seen.at,
            "signature": self._signature(seen),
        }
        opened, draft = tempfile.mkstemp(prefix=self.path.name, dir=self.path.parent)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            json.dump(told, file)
        Path(draft).replace(self.path)

    def _signature(self, seen: Seen) -> str:
        return self._chain.seal_of(seen.last_id, seen.last_hash, seen.at)
