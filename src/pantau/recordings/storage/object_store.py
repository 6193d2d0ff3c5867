"""An S3-compatible bucket as a place for footage: Amazon's, MinIO, Ceph, Garage, R2 and others."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Final

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from pantau.recordings.storage.base import Entry, Room, StorageError
from pantau.settings import ArchiveSettings

_PIECE_BYTES: Final = 8 * 1024 * 1024
_AT_ONCE: Final = 2
_ANSWER: Final = timedelta(seconds=60)
_GIVE_UP: Final = timedelta(seconds=90)
_RETRIES: Final = 3
_LISTED_AT_ONCE: Final = 1000
_GONE: Final = (NotFoundError, FileNotFoundError)
_TROUBLE: Final = (BaseError, OSError, ValueError)


class ObjectPlace:
    """Files as objects; `name` is what rows call it.  Loop only."""

    def __init__(self, name: str, store: S3Store) -> None:
        self.name: Final = name
        self._store = store

    async def read(self, key: PurePosixPath, offset: int, length: int) -> bytes:
        if length <= 0:
            return b""
        try:
            return bytes(
                await obstore.get_range_async(self._store, str(key), start=offset, length=length)
            )
        except _TROUBLE as error:
            size_bytes = await self.size(key)
            if size_bytes is None:
                raise StorageError("there is no such object", is_gone=True) from None
            if offset >= size_bytes:
                return b""
            raise _failure(error) from None

    async def size(self, key: PurePosixPath) -> int | None:
        try:
            return int((await obstore.head_async(self._store, str(key)))["size"])
        except _GONE:
            return None
        except _TROUBLE as error:
            raise _failure(error) from None

    async def put(self, key: PurePosixPath, file: Path) -> None:
        try:
            await obstore.put_async(
                self._store, str(key), file, chunk_size=_PIECE_BYTES, max_concurrency=_AT_ONCE
            )
        except _TROUBLE as error:
            if not await asyncio.to_thread(file.exists):
                raise StorageError("the file to copy is gone", is_gone=True) from None
            raise _failure(error) from None

    async def delete(self, key: PurePosixPath) -> bool:
        # S3 says yes to everything; somebody counts what was there.
        if await self.size(key) is None:
            return False
        try:
            await obstore.delete_async(self._store, str(key))
        except _GONE:
            return False
        except _TROUBLE as error:
            raise _failure(error) from None
        return True

    async def entries(self, below: PurePosixPath) -> AsyncIterator[Entry]:
        prefix = None if str(below) == "." else f"{below}/"
        try:
            async for listed in obstore.list(self._store, prefix, chunk_size=_LISTED_AT_ONCE):
                for item in listed:
                    yield Entry(PurePosixPath(item["path"]), int(item["size"]))
        except _TROUBLE as error:
            raise _failure(error) from None

    async def room(self) -> Room | None:
        return None

    def local_path(self, key: PurePosixPath) -> Path | None:  # noqa: ARG002 - nothing is local
        return None


def open_bucket(settings: ArchiveSettings) -> ObjectPlace:
    """Return the bucket of the settings; nothing is asked yet.

    Raises `StorageError` where the settings make no sense to the client.
    """
    try:
        store = S3Store(
            settings.bucket,
            prefix=settings.prefix or None,
            endpoint=settings.endpoint or None,
            region=settings.region,
            access_key_id=settings.access_key,
            secret_access_key=settings.secret_key,
            virtual_hosted_style_request=not settings.path_style,
            client_options={
                "allow_http": settings.endpoint.startswith("http://"),
                "timeout": _ANSWER,
                "connect_timeout": timedelta(seconds=10),
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": _GIVE_UP},
        )
    except _TROUBLE as error:
        raise _failure(error) from None
    return ObjectPlace(settings.place, store)


def _failure(error: Exception) -> StorageError:
    """Name the trouble without the server's words: they repeat addresses and keys."""
    sentences = {
        "PermissionDeniedError": "the bucket does not let us do this",
        "UnauthenticatedError": "the bucket does not know our keys",
        "NotFoundError": "there is no such object or bucket",
    }
    known = sentences.get(type(error).__name__)
    return StorageError(known or f"the object store cannot be reached ({type(error).__name__})")
