"""Loads the HTTP library without the machine's certificates, which few processes ever look at.

It reads them twice while it is imported: 40 ms of each start, and 2 MB.
"""

import importlib
import ssl
import sys
from typing import Any, Final

_LIBRARY: Final = "aiohttp"
_READS: Final = "set_default_verify_paths"


class _LateContext(ssl.SSLContext):
    """Checks whom it talks to, and reads the certificates for that with the first connection."""

    _has_read = False

    def wrap_bio(self, *given: Any, **named: Any) -> ssl.SSLObject:
        self._read()
        return super().wrap_bio(*given, **named)

    def wrap_socket(self, *given: Any, **named: Any) -> ssl.SSLSocket:
        self._read()
        return super().wrap_socket(*given, **named)

    def _read(self) -> None:
        if not self._has_read:
            self._has_read = True
            self.load_default_certs()


def load_plain_http() -> None:
    """Load aiohttp; before anybody else does, or it changes nothing."""
    if _LIBRARY in sys.modules:
        return
    make = ssl.create_default_context
    ssl.create_default_context = lambda: _LateContext(ssl.PROTOCOL_TLS_CLIENT)  # type: ignore[assignment,misc]
    # For its other context, which checks nobody.  Taken away, it is the base class's again.
    setattr(ssl.SSLContext, _READS, lambda _: None)
    try:
        importlib.import_module(_LIBRARY)
    finally:
        ssl.create_default_context = make
        delattr(ssl.SSLContext, _READS)
