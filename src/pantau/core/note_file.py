"""Small files by which processes of one machine tell each other how they are."""

import contextlib
import errno
import os
from pathlib import Path
from typing import Final

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def put_note(file: Path, text: str) -> None:
    """Put `text` in place of what was noted before; only this user can read it.

    One writer for each file.  On a full disk it is written over the note of before, which needs
    no room: whoever reads in that very moment may find neither.  Raises OSError when that fails
    too.
    """
    data = text.encode()
    draft = file.with_name(f".{file.name}.new")
    try:
        _write(draft, data)
        draft.replace(file)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        with contextlib.suppress(OSError):
            draft.unlink()
        _write_over(file, data)


def _write(file: Path, data: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)


def _write_over(file: Path, data: bytes) -> None:
    with file.open("r+b", buffering=0) as before:
        before.write(data)
        before.truncate(len(data))
