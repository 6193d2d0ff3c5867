"""Sends files of exports to whoever may have them, any part of them."""

from pathlib import Path

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from pantau.core.errors import NotFound
from pantau.recordings.playback.files import Files, Told, answer
from pantau.recordings.storage.base import StorageError
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Streamed


class StreamedResponse(Response):
    """An answer of the fast lane as one of an endpoint.  Its file is closed in every case."""

    def __init__(self, streamed: Streamed, *, is_head: bool) -> None:
        super().__init__(status_code=streamed.status)
        self.raw_headers = list(streamed.headers)
        self._streamed = streamed
        self._is_head = is_head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it piece by piece, each when the visitor has taken those before it."""
        del receive
        is_gone = scope.get("state", {}).get("is_gone")
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            if not self._is_head:
                async for part in self._streamed.body:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                    if is_gone is not None and is_gone():
                        return
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._streamed.close()


class ExportSender:
    """Answers requests for files.  Loop only."""

    def __init__(self, files: Files, clients: ClientAddresses) -> None:
        self._files = files
        self._clients = clients

    async def send(self, request: Request, path: Path, *, sha256: str = "") -> Response:
        """Return the answer to a request for a file, to be kept under its name.

        Raises NotFound where it is gone.  `sha256` tags it, so that a download can be resumed.
        """
        try:
            source = await self._files.open_path(path)
        except StorageError as error:
            raise NotFound("exports.no_file", "There is no such file.") from error
        asked = self.asked(request)
        is_json = path.suffix == ".json"
        told = Told(
            content_type=b"application/json" if is_json else b"video/mp4",
            etag=f'"{sha256}"'.encode() if sha256 else b"",
            headers=(
                # Names are made here of letters, digits and hyphens.
                (b"content-disposition", f'attachment; filename="{path.name}"'.encode()),
            ),
            cross_origin=False,
        )
        ready = answer(asked, source, told)
        if isinstance(ready, Streamed):
            return StreamedResponse(ready, is_head=asked.method == "HEAD")
        response = Response(ready.body, status_code=ready.status)
        response.raw_headers = list(ready.headers)
        return response

    def asked(self, request: Request) -> HotRequest:
        """Return a request with the method that was really asked."""
        state = request.scope.get("state", {})
        return HotRequest(
            {**request.scope, "method": state.get("method", request.method)},
            request_id=str(state.get("request_id", "")).encode("latin-1"),
            look_up_client=self._clients.of,
        )
