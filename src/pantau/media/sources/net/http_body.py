"""The body of an HTTP answer that is coming in, with a deadline on every wait."""

import http.client
import io
import socket
from collections.abc import Callable

from pantau.media.errors import Cause, SourceError
from pantau.media.sources.net.dial import Patience


class Stream:
    """A body that is coming in."""

    def __init__(self, url: str, response: http.client.HTTPResponse, body: "PatientBody") -> None:
        self.url = url
        self.status = response.status
        self._response = response
        self._body = body

    @property
    def headers(self) -> list[tuple[str, str]]:
        """All headers as they came."""
        return self._response.getheaders()

    @property
    def content_type(self) -> str:
        """The media type in lower case, with its parameters."""
        return self.header("Content-Type").lower()

    @property
    def is_reusable(self) -> bool:
        """Whether the connection may carry another request."""
        is_read = self._response.isclosed() or self._response.length == 0
        return is_read and not self._response.will_close

    def header(self, name: str) -> str:
        """Return one header, or an empty text."""
        return self._response.getheader(name) or ""

    def wait_longer(self, patience: Patience) -> None:
        """Give what follows a deadline of its own."""
        self._body.patience = patience

    def read(self, most_bytes: int) -> bytes:
        """Return what comes next, nothing at the end; raises `SourceError`."""
        try:
            return self._response.read1(most_bytes)
        except http.client.IncompleteRead as error:
            raise SourceError(Cause.CLOSED, "the answer ended too early") from error
        except (http.client.HTTPException, ValueError) as error:
            raise SourceError(Cause.BROKEN, "the answer is not HTTP") from error
        except OSError as error:
            raise SourceError(Cause.CLOSED, "the connection broke") from error


class PatientBody(io.RawIOBase):
    """What `http.client` takes for a socket; reading looks at the deadline every tick."""

    def __init__(
        self,
        connection: socket.socket,
        patience: Patience,
        count_bytes: Callable[[int], None],
    ) -> None:
        super().__init__()
        self._connection = connection
        self._count_bytes = count_bytes
        self.patience = patience

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, 65_536)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while True:
            try:
                count = self._connection.recv_into(buffer)
            except (TimeoutError, BlockingIOError):
                self.patience.check(Cause.TIMED_OUT, "the answer did not come in time")
                continue
            self._count_bytes(count)
            self.patience.check(Cause.TIMED_OUT, "the answer did not come in time")
            return count
