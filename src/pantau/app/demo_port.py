"""Where the demo cameras are found: at the same port after each start."""

import contextlib
from pathlib import Path
from typing import Final

from pantau.core.listening import PortError, free_port, listen

HOST: Final = "127.0.0.1"
FOLDER: Final = "demo"
"""Below the data folder: what the demo keeps."""
_PORT: Final = "port"


def demo_port(data_dir: Path) -> int:
    """Return the port of the demo cameras: that of last time, or a new one where it is taken.

    The address of a demo camera that an operator changed is theirs, and still leads to the demo.
    """
    kept = data_dir / FOLDER / _PORT
    with (
        contextlib.suppress(OSError, ValueError, OverflowError, PortError),
        listen(HOST, int(kept.read_text(encoding="ascii"))) as listener,
    ):
        last: int = listener.getsockname()[1]
        return last
    port = free_port()
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept.write_text(f"{port}\n", encoding="ascii")
    return port
